using Lodestone.Api.Meta;

namespace Lodestone.Api.Ipam;

/// <summary>What a <see cref="PrefixAllocation"/> asks for: a certain prefix, or any of a length.</summary>
public sealed class PrefixAllocationSpec
{
    /// <summary><c>IPv4</c> or <c>IPv6</c>.</summary>
    public string? IpFamily { get; set; }
    /// <summary>The prefix asked for, in CIDR form.</summary>
    public string? Prefix { get; set; }
    /// <summary>The length asked for where no prefix is given.</summary>
    public int? PrefixLength { get; set; }
    /// <summary>The Prefix to allocate from.</summary>
    public LocalObjectReference? PrefixRef { get; set; }
    /// <summary>Selects a Prefix to allocate from.</summary>
    public LabelSelector? PrefixSelector { get; set; }
}
