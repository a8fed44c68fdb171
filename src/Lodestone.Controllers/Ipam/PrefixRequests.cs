using Lodestone.Api.Ipam;
using Lodestone.Api.Networking;

namespace Lodestone.Controllers.Ipam;

/// <summary>What PrefixAllocations ask for.</summary>
internal static class PrefixRequests
{
    internal const string Pending = "Pending";
    internal const string Allocated = "Allocated";
    internal const string Failed = "Failed";

    internal static bool IsAllocated(Prefix prefix) => prefix.Status?.Phase == Allocated;

    internal static bool IsAllocated(PrefixAllocation allocation) => allocation.Status?.Phase == Allocated;

    /// <summary>Whether the answer is still open.</summary>
    internal static bool IsPending(PrefixAllocation allocation) => allocation.Status?.Phase is not (Allocated or Failed);

    /// <summary>Why a prefix can never give what is asked for; null where it can, if there is room.</summary>
    /// <remarks>As in IronCore a part is always smaller than the whole.</remarks>
    internal static string? WhyImpossible(Prefix parent, PrefixRange whole, string? family, string? prefix, int? length)
    {
        string name = parent.Metadata.Name ?? "";
        if (family != whole.Family)
        {
            return $"Prefix {name} is {whole.Family}, the request is {family}";
        }

        if (prefix is null)
        {
            return length > whole.Length && length <= IPFamily.Bits(whole.Family) ? null
                : $"a /{length} is no part of Prefix {name}, which is {parent.Spec.Prefix}";
        }

        return PrefixRange.TryParse(prefix, out PrefixRange part) && whole.Contains(part) && part != whole ? null
            : $"{prefix} is no part of Prefix {name}, which is {parent.Spec.Prefix}";
    }

    /// <summary>Whether a result is what was asked for.</summary>
    internal static bool IsAnswer(PrefixAllocationSpec request, string prefix) =>
        request.Prefix is not null
            ? request.Prefix == prefix
            : PrefixRange.TryParse(prefix, out PrefixRange range) && range.Family == request.IpFamily && range.Length == request.PrefixLength;
}
