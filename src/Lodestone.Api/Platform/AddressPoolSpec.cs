using Lodestone.Api.Meta;

namespace Lodestone.Api.Platform;

/// <summary>What an <see cref="AddressPool"/> offers, and to whom.</summary>
public sealed class AddressPoolSpec
{
    /// <summary>CIDRs (<c>203.0.113.0/28</c>) and ranges (<c>203.0.113.4-203.0.113.9</c>) of either family.</summary>
    public List<string>? Addresses { get; set; }
    /// <summary>Addresses, CIDRs or ranges that are never given out.</summary>
    public List<string>? ExcludedAddresses { get; set; }
    /// <summary>
    /// Whether the first and the last address of IPv4 CIDRs shorter than /31 are given out too; absent: no. Hosts on such a segment take
    /// them for the network's and the broadcast address; where the addresses are routed, not on a segment, they are as good as others.
    /// Ranges, single addresses and IPv6 are always given out whole.
    /// </summary>
    public bool? IncludeNetworkAndBroadcast { get; set; }
    /// <summary>Namespaces that may use the pool; absent: all.</summary>
    public LabelSelector? NamespaceSelector { get; set; }
    /// <summary>Load balancers that may use the pool; absent: all.</summary>
    public LabelSelector? LoadBalancerSelector { get; set; }
    /// <summary>Higher is tried first; absent is 0. Equal ones are tried by name.</summary>
    public int? Priority { get; set; }
}
