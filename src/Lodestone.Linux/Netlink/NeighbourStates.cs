namespace Lodestone.Linux.Netlink;

/// <summary>What the kernel knows about a neighbour (NUD_*). No flag: it was never asked for.</summary>
[Flags]
public enum NeighbourStates
{
    /// <summary>Never asked for.</summary>
    None = 0,

    /// <summary>Being resolved for the first time.</summary>
    Incomplete = 0x01,

    /// <summary>Confirmed lately.</summary>
    Reachable = 0x02,

    /// <summary>Known, not confirmed lately; still good to use.</summary>
    Stale = 0x04,

    /// <summary>Known, in use, to be confirmed soon.</summary>
    Delay = 0x08,

    /// <summary>Known, being confirmed.</summary>
    Probe = 0x10,

    /// <summary>Did not answer.</summary>
    Failed = 0x20,

    /// <summary>Needs no resolution.</summary>
    NoArp = 0x40,

    /// <summary>Set by hand.</summary>
    Permanent = 0x80,
}
