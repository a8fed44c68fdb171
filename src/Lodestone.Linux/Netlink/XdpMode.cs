namespace Lodestone.Linux.Netlink;

/// <summary>How an XDP program is attached to a link.</summary>
public enum XdpMode
{
    /// <summary>There is none.</summary>
    None = 0,

    /// <summary>In the driver.</summary>
    Native = 1,

    /// <summary>In the stack, after a socket buffer was made: slow.</summary>
    Generic = 2,

    /// <summary>In the hardware.</summary>
    Offloaded = 3,

    /// <summary>In several of these at once.</summary>
    Multiple = 4,
}
