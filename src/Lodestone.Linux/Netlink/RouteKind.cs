namespace Lodestone.Linux.Netlink;

/// <summary>What the kernel does with packets of a route (RTN_*).</summary>
public enum RouteKind
{
    /// <summary>Not told.</summary>
    Unspecified = 0,

    /// <summary>Sent to the next hop or, without one, directly to the destination.</summary>
    Unicast = 1,

    /// <summary>Delivered here.</summary>
    Local = 2,

    /// <summary>Sent as broadcast.</summary>
    Broadcast = 3,

    /// <summary>Anycast address of ours.</summary>
    Anycast = 4,

    /// <summary>Multicast.</summary>
    Multicast = 5,

    /// <summary>Dropped.</summary>
    Blackhole = 6,

    /// <summary>Dropped with "unreachable".</summary>
    Unreachable = 7,

    /// <summary>Dropped with "prohibited".</summary>
    Prohibit = 8,
}
