using System.Net;
using Lodestone.Linux.Netlink;

namespace Lodestone.Cli.Trace;

/// <summary>The kernel's own way to an address, in words.</summary>
internal static class HostRoute
{
    /// <summary>Asks the kernel.</summary>
    /// <param name="destination">The address.</param>
    /// <param name="device">The device it has to leave by; null for any.</param>
    /// <param name="devices">Their names.</param>
    public static string Of(IPAddress destination, uint? device, DeviceNames devices)
    {
        using RtNetlink netlink = RtNetlink.Open();
        return netlink.TryLookUpRoute(destination, (int?)device, out RouteInfo? route) ? Describe(route, devices) : "the host has no route there";
    }

    /// <summary>A way in words.</summary>
    public static string Describe(RouteInfo route, DeviceNames devices) => (route.Kind, route.Gateway) switch
    {
        (RouteKind.Local, _) => "to this machine itself",
        (_, { } gateway) => $"out of {devices.Of((uint)route.OutputIndex)} to next hop {gateway}",
        _ => $"out of {devices.Of((uint)route.OutputIndex)}, on whose link the destination is",
    };
}
