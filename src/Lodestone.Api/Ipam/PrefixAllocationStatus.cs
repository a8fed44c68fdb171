using Lodestone.Api.Meta;

namespace Lodestone.Api.Ipam;

/// <summary>What became of a <see cref="PrefixAllocation"/>.</summary>
public sealed class PrefixAllocationStatus
{
    /// <summary><c>Pending</c>, or at last <c>Allocated</c> or <c>Failed</c>.</summary>
    public string? Phase { get; set; }
    /// <summary>When <see cref="Phase"/> last changed.</summary>
    public DateTimeOffset? LastPhaseTransitionTime { get; set; }
    /// <summary>What was allocated, in CIDR form.</summary>
    public string? Prefix { get; set; }
    /// <summary>Why the phase is what it is; additive to IronCore.</summary>
    public List<Condition>? Conditions { get; set; }
}
