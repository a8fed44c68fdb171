using Lodestone.Api.Ipam;

namespace Lodestone.Controllers.Ipam;

/// <summary>What becomes of a prefix and of the allocations that name it.</summary>
internal sealed class PrefixLedgerPlan
{
    /// <summary>What is given away, sorted by text.</summary>
    internal List<string> Used { get; } = [];

    /// <summary>To whom, in the same order.</summary>
    internal List<PrefixHolder> Holders { get; } = [];

    /// <summary>Allocations that get a part, once it is written down.</summary>
    internal List<(PrefixAllocation Allocation, string Part)> Grants { get; } = [];

    /// <summary>Allocations that can never get what they want.</summary>
    internal List<(PrefixAllocation Allocation, string Message)> Failures { get; } = [];

    /// <summary>Allocations for which there is no room at present.</summary>
    internal List<(PrefixAllocation Allocation, string Reason, string Message)> Waiting { get; } = [];

    /// <summary>Whether the prefix's status says so already.</summary>
    internal bool IsIn(PrefixStatus? status) =>
        (status?.Used ?? []).SequenceEqual(Used)
        && (status?.Holders ?? []).Select(h => (h.Prefix, h.Allocation)).SequenceEqual(Holders.Select(h => (h.Prefix, h.Allocation)));
}
