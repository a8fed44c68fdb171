using System.Diagnostics.CodeAnalysis;
using System.Net;

using Lodestone.Linux.Interop;

namespace Lodestone.Linux.Netlink;

public sealed partial class RtNetlink
{
    /// <summary>The way the kernel would send a packet to an address now.</summary>
    /// <param name="destination">The address.</param>
    /// <param name="linkIndex">The link it has to leave by; null for any.</param>
    /// <param name="route">The way; null when there is none.</param>
    /// <returns>False when there is no route, or one that says unreachable.</returns>
    public bool TryLookUpRoute(IPAddress destination, int? linkIndex, [NotNullWhen(true)] out RouteInfo? route)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var header = new RouteHeader { Family = FamilyOf(destination), DestinationLength = BitsOf(destination) };
        NetlinkRequest request = NetlinkRequest.Create(RtnlConstants.GetRoute, 0, header).Add(RtnlConstants.RouteDestination, destination);
        if (linkIndex is { } output)
        {
            _ = request.Add(RtnlConstants.RouteOutput, (uint)output);
        }

        try
        {
            route = _socket.Get(request, $"look up the route to {destination}", RouteInfo.Parse);
        }
        catch (NetlinkException e) when (e.ErrorNumber is Errno.NetworkUnreachable or Errno.HostUnreachable)
        {
            route = null;
            return false;
        }

        return route.Kind is not (RouteKind.Unreachable or RouteKind.Blackhole or RouteKind.Prohibit);
    }

    /// <summary>Adds a route, or replaces the one to the same destination.</summary>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public void AddRoute(RouteSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _socket.Execute(
            RouteRequest(RtnlConstants.NewRoute, RtnlConstants.FlagCreate | RtnlConstants.FlagReplace, settings),
            $"add route to {settings.Destination} by link {settings.LinkIndex}");
    }

    /// <summary>Removes a route.</summary>
    /// <exception cref="NetlinkException">There is no such route, or the kernel refused.</exception>
    public void DeleteRoute(RouteSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _socket.Execute(RouteRequest(RtnlConstants.DeleteRoute, 0, settings), $"delete route to {settings.Destination} by link {settings.LinkIndex}");
    }

    private static NetlinkRequest RouteRequest(ushort type, ushort flags, RouteSettings settings)
    {
        IPAddress destination = settings.Destination.BaseAddress;
        var header = new RouteHeader
        {
            Family = FamilyOf(destination),
            DestinationLength = (byte)settings.Destination.PrefixLength,
            Table = settings.Table is null ? RtnlConstants.TableMain : (byte)0,
            Protocol = RtnlConstants.ProtocolStatic,
            Scope = settings.Gateway is null && FamilyOf(destination) == LibcConstants.AfInet ? RtnlConstants.ScopeLink : RtnlConstants.ScopeUniverse,
            Type = RtnlConstants.RouteUnicast,
            Flags = settings.IsOnLink ? RtnlConstants.NextHopOnLink : 0,
        };
        NetlinkRequest request = NetlinkRequest.Create(type, flags, header).Add(RtnlConstants.RouteOutput, (uint)settings.LinkIndex);

        if (settings.Table is { } table)
        {
            _ = request.Add(RtnlConstants.RouteTable, table);
        }

        // The default route is the one without a destination.
        if (settings.Destination.PrefixLength > 0)
        {
            _ = request.Add(RtnlConstants.RouteDestination, destination);
        }

        if (settings.Gateway is { } gateway)
        {
            _ = request.Add(RtnlConstants.RouteGateway, gateway);
        }

        if (settings.PreferredSource is { } source)
        {
            _ = request.Add(RtnlConstants.RoutePreferredSource, source);
        }

        return request;
    }

    private static byte BitsOf(IPAddress address) => FamilyOf(address) == LibcConstants.AfInet ? (byte)32 : (byte)128;
}
