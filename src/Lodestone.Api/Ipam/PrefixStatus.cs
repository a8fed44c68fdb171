using Lodestone.Api.Meta;

namespace Lodestone.Api.Ipam;

/// <summary>What a <see cref="Prefix"/> is at present.</summary>
public sealed class PrefixStatus
{
    /// <summary><c>Pending</c> or <c>Allocated</c>, which it stays.</summary>
    public string? Phase { get; set; }
    /// <summary>When <see cref="Phase"/> last changed.</summary>
    public DateTimeOffset? LastPhaseTransitionTime { get; set; }
    /// <summary>Parts that are given to others; none overlaps another.</summary>
    public List<string>? Used { get; set; }
    /// <summary>Who each of <see cref="Used"/> is given to; additive to IronCore. Written together with it, before the allocation says so itself.</summary>
    public List<PrefixHolder>? Holders { get; set; }
    /// <summary>Why the phase is what it is; additive to IronCore.</summary>
    public List<Condition>? Conditions { get; set; }
}
