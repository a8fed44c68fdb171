using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;

namespace Lodestone.Cli.Lab.Site;

/// <summary>A machine on the segment of a site that is none of ours: no agent, no Host, only a kernel. Disposing takes it away.</summary>
internal sealed class SiteGuest : IDisposable
{
    private readonly LabSite _site;

    private SiteGuest(LabSite site, NetworkNamespace network)
    {
        _site = site;
        Namespace = network;
    }

    /// <summary>Where it is.</summary>
    public NetworkNamespace Namespace { get; }

    /// <summary>Plugs one in. Its devices are called <c>eth0</c>, <c>eth1</c> and so on; they are down and have no address.</summary>
    /// <param name="site">The site.</param>
    /// <param name="name">Its name, at most 13 letters.</param>
    /// <param name="mtus">The MTU of each device, in bytes.</param>
    public static SiteGuest PlugIn(LabSite site, string name, params ReadOnlySpan<int> mtus)
    {
        // Its name begins with the lab's, so it goes with the lab at the latest.
        var guest = new SiteGuest(site, NetworkNamespace.Create($"lodestone-{site.Lab.Id}-{name}"));
        try
        {
            guest.Namespace.SetVariable("net/ipv6/conf/default/accept_dad", "0");
            using RtNetlink switched = RtNetlink.Open(site.Lab.Segment);
            int bridge = switched.GetLink(site.Gateways[0].Name).MasterIndex;
            for (int i = 0; i < mtus.Length; i++)
            {
                string port = $"{name}-{i}";
                switched.AddVeth(new VethEnd(port) { Mtu = site.Lab.Options.SegmentMtu }, new VethEnd($"eth{i}", guest.Namespace) { Mtu = mtus[i] });
                switched.SetLink(switched.GetLink(port).Index, new LinkSettings { MasterIndex = bridge, IsUp = true });
                switched.SetLink(switched.GetLink(port).Index, new LinkSettings { FloodsUnknownFrames = false });
            }

            return guest;
        }
        catch
        {
            guest.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        string name = Namespace.Name;
        Namespace.Dispose();
        NetworkNamespace.Delete(name);
    }
}
