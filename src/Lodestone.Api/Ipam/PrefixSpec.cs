using Lodestone.Api.Meta;

namespace Lodestone.Api.Ipam;

/// <summary>What a Prefix is to be (ironcore, api/ipam/v1alpha1/prefix_types.go).</summary>
public sealed class PrefixSpec
{
    /// <summary><c>IPv4</c> or <c>IPv6</c>.</summary>
    public string? IpFamily { get; set; }
    /// <summary>The prefix in CIDR form; host bits are kept.</summary>
    public string? Prefix { get; set; }
    /// <summary>The length wanted where no prefix is given.</summary>
    public int? PrefixLength { get; set; }
    /// <summary>The Prefix to allocate from.</summary>
    public LocalObjectReference? ParentRef { get; set; }
    /// <summary>Selects a Prefix to allocate from.</summary>
    public LabelSelector? ParentSelector { get; set; }
}
