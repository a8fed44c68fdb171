using System.Collections.Immutable;
using Lodestone.Agent.Heartbeat;
using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Desired;

/// <summary>Which of the gateways that are ready announces a load balancer, and how this machine tells of its VIPs.</summary>
internal sealed class AnnouncementPlan
{
    private const string GatewayRole = "Gateway";

    private readonly WorldSnapshot _world;

    public AnnouncementPlan(WorldSnapshot world)
    {
        _world = world;
        Gateways = [.. world.Hosts.Where(IsReadyGateway).Select(host => host.Metadata.Name!)];
    }

    /// <summary>Names of the gateways that are ready.</summary>
    public string[] Gateways { get; }

    private bool HasBgpPeers => _world.IsGateway && !_world.BgpPeers.IsEmpty;

    /// <summary>Elects again where the gateways are others; returns the load balancers that this machine has won or lost.</summary>
    /// <param name="last">The gateways that were ready.</param>
    /// <param name="parts">Load balancers. Who announces them now is noted in those that were asked about.</param>
    public List<ObjectKey> ElectAgain(string[] last, IEnumerable<LoadBalancerPart> parts)
    {
        List<ObjectKey> moved = [];
        if (!_world.IsGateway || last.AsSpan().SequenceEqual(Gateways))
        {
            return moved;
        }

        HashSet<string> ready = [.. Gateways];
        string[] added = [.. Gateways.Except(last)];
        foreach (LoadBalancerPart part in parts)
        {
            if (part.Announcer is not { } holder)
            {
                continue;
            }

            // Who has won among all wins among fewer, too.
            string uid = part.LoadBalancer.Metadata.Uid ?? "";
            string winner = !ready.Contains(holder) ? Elect(uid)
                : added.Length == 0 ? holder
                : GatewayElection.Elect([holder, .. added], uid)!;
            part.Announcer = winner;
            if ((winner == _world.HostName) != (holder == _world.HostName))
            {
                moved.Add(part.LoadBalancer.Key);
            }
        }

        return moved;
    }

    /// <summary>How this machine tells of a public VIP. By BGP only one that has a target alive: routers then have another gateway, or say that there is none.</summary>
    /// <param name="part">Its load balancer. The gateway that is elected for it is noted there.</param>
    /// <param name="address">Its address.</param>
    /// <param name="routing">Its routing.</param>
    /// <param name="alive">Its targets that are alive.</param>
    public VipAnnouncement AnnouncementOf(LoadBalancerPart part, DatapathAddress address, RoutingModel routing, ImmutableArray<ulong> alive)
    {
        bool isOnSegment = routing.Announcement != AnnouncementModes.Bgp && !IsByBgpOnly(routing);
        bool isByBgp = HasBgpPeers && routing.Announcement != AnnouncementModes.Layer2;
        return (isOnSegment && IsAnnouncer(part, address) ? VipAnnouncement.Layer2 : VipAnnouncement.None)
            | (isByBgp && !alive.IsEmpty ? VipAnnouncement.Bgp : VipAnnouncement.None);
    }

    /// <summary>Whether nobody answers on the segment, so that every gateway may answer pings.</summary>
    public bool IsByBgpOnly(RoutingModel routing) => HasBgpPeers && routing.Announcement is AnnouncementModes.Auto or AnnouncementModes.Bgp;

    private bool IsReadyGateway(Host host) =>
        host.Metadata.Name is { } name
        && _world.ReadyHosts.Contains(name)
        && host.Spec.Roles?.Contains(GatewayRole, StringComparer.Ordinal) == true
        && host.Spec.Drain != true
        && (name == _world.HostName ? _world.HasCarrier : host.Status?.Conditions?.Find(c => c.Type == HostConditions.DatapathReady)?.Status != "False");

    private bool IsAnnouncer(LoadBalancerPart part, DatapathAddress address) =>
        _world.IsGateway && !_world.Silent.Contains(address) && (part.Announcer ??= Elect(part.LoadBalancer.Metadata.Uid ?? "")) == _world.HostName;

    private string Elect(string uid) => GatewayElection.Elect(Gateways, uid) ?? "";
}
