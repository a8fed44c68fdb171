using System.Net;

namespace Lodestone.Linux.Netlink;

/// <summary>The way to an address.</summary>
public sealed record RouteInfo
{
    /// <summary>What becomes of the packets.</summary>
    public RouteKind Kind { get; init; }

    /// <summary>The link they leave by; 0 when they do not leave.</summary>
    public int OutputIndex { get; init; }

    /// <summary>The router; null when the destination is on the link. May be IPv6 for an IPv4 destination.</summary>
    public IPAddress? Gateway { get; init; }

    /// <summary>The source address the kernel would take; null when it has none.</summary>
    public IPAddress? PreferredSource { get; init; }

    /// <summary>The route's own MTU in bytes, such as a learnt path MTU; null for the link's.</summary>
    public int? Mtu { get; init; }

    internal static RouteInfo? Parse(NetlinkMessage message)
    {
        if (message.Type != RtnlConstants.NewRoute)
        {
            return null;
        }

        int output = 0;
        IPAddress? gateway = null;
        IPAddress? source = null;
        int? mtu = null;
        NetlinkAttributes attributes = message.Attributes<RouteHeader>();
        while (attributes.Read())
        {
            switch (attributes.Type)
            {
                case RtnlConstants.RouteOutput:
                    output = (int)attributes.AsUInt32;
                    break;
                case RtnlConstants.RouteGateway:
                    gateway = attributes.AsAddress;
                    break;
                case RtnlConstants.RouteVia when attributes.Value.Length > sizeof(ushort):
                    gateway = new IPAddress(attributes.Value[sizeof(ushort)..]);
                    break;
                case RtnlConstants.RoutePreferredSource:
                    source = attributes.AsAddress;
                    break;
                case RtnlConstants.RouteMetrics:
                    mtu = ParseMtu(attributes.AsNested);
                    break;
                default:
                    break;
            }
        }

        return new RouteInfo
        {
            Kind = (RouteKind)message.Header<RouteHeader>().Type,
            OutputIndex = output,
            Gateway = gateway,
            PreferredSource = source,
            Mtu = mtu,
        };
    }

    private static int? ParseMtu(NetlinkAttributes attributes)
    {
        while (attributes.Read())
        {
            if (attributes.Type == RtnlConstants.MetricMtu && attributes.AsUInt32 != 0)
            {
                return (int)attributes.AsUInt32;
            }
        }

        return null;
    }
}
