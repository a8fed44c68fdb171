using System.Net;

using Lodestone.Linux;
using Lodestone.Linux.Netlink;

namespace Lodestone.Cli.Lab.Site;

/// <summary>Ways between machines of the segment, each of which can be taken away alone.</summary>
internal static class SiteWays
{
    // Nobody has it, and the switch floods nothing: what is sent there is gone without a word.
    private static readonly MacAddress Nowhere = MacAddress.Parse("02:00:00:00:de:ad");

    /// <summary>Has packets between two machines vanish, in both directions, as where a filter drops them.</summary>
    public static void Cut(LabNode a, LabNode b)
    {
        Lose(a, b);
        Lose(b, a);
    }

    /// <summary>Has them find each other again.</summary>
    public static void Mend(LabNode a, LabNode b)
    {
        Find(a, b);
        Find(b, a);
    }

    private static void Lose(LabNode from, LabNode to)
    {
        using RtNetlink netlink = RtNetlink.Open(from.Namespace);
        foreach (IPAddress address in (IPAddress[])[to.Ipv4, to.Ipv6])
        {
            netlink.AddNeighbour(from.DeviceIndex, address, Nowhere);
        }
    }

    private static void Find(LabNode from, LabNode to)
    {
        using RtNetlink netlink = RtNetlink.Open(from.Namespace);
        foreach (IPAddress address in (IPAddress[])[to.Ipv4, to.Ipv6])
        {
            if (netlink.TryGetNeighbour(from.DeviceIndex, address, out _))
            {
                netlink.DeleteNeighbour(from.DeviceIndex, address);
            }
        }
    }
}
