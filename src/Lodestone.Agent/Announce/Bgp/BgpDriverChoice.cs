namespace Lodestone.Agent.Announce.Bgp;

/// <summary>Which program speaks BGP for the agent.</summary>
public enum BgpDriverChoice
{
    /// <summary>FRR's zebra, bfdd and bgpd.</summary>
    Frr,

    /// <summary>BIRD 2.</summary>
    Bird,
}
