using System.Net;

namespace Lodestone.Linux.Netlink;

/// <summary>A route to add.</summary>
/// <param name="Destination">Where to; <c>0.0.0.0/0</c> and <c>::/0</c> are the default routes.</param>
/// <param name="LinkIndex">The link that packets leave by.</param>
public sealed record RouteSettings(IPNetwork Destination, int LinkIndex)
{
    /// <summary>The table it is in; null for the main one.</summary>
    public uint? Table { get; init; }

    /// <summary>The router; null when the destinations are on the link.</summary>
    public IPAddress? Gateway { get; init; }

    /// <summary>The router is taken to be on the link though no address of ours says so.</summary>
    public bool IsOnLink { get; init; }

    /// <summary>Source address for packets that have none yet; null lets the kernel choose.</summary>
    public IPAddress? PreferredSource { get; init; }
}
