using System.Collections.Immutable;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Health;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Ring;
using Lodestone.Datapath.Tables;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Agent.Desired;

/// <summary>Makes the VIPs of load balancers. Of several that want an address the first has it, and a network's own come before those of its peers.</summary>
/// <param name="isGateway">Whether this machine serves public VIPs.</param>
/// <param name="now">The time that rings are folded at.</param>
/// <param name="nics">This machine's network interfaces and networks.</param>
/// <param name="announcements">Who announces.</param>
/// <param name="reader">Reads load balancers.</param>
/// <param name="vips">All VIPs; those made are added.</param>
internal sealed class VipPlan(bool isGateway, DateTimeOffset now, NicPlan nics, AnnouncementPlan announcements, LoadBalancerReader reader, VipSet vips)
{
    private readonly List<(LoadBalancerPart Part, LoadBalancerReading Reading, VipKey Key)> _peered = [];

    /// <summary>Makes a load balancer's VIPs, but for those in peered networks. Null: it is not reached from here.</summary>
    /// <param name="lb">The load balancer.</param>
    /// <param name="last">The VIPs that it had.</param>
    public LoadBalancerPart? Add(LoadBalancer lb, List<VipModel> last)
    {
        var part = new LoadBalancerPart(lb);
        ObjectKey network = LoadBalancerPart.NetworkKeyOf(lb);
        if (part.IsInternal)
        {
            if (!IsReachedFromHere(lb, network))
            {
                return null;
            }

            // Whether a peered network has an address depends on much else.
            part.IsPure = !nics.Networks.HasPeers(network);
        }

        if (lb.IsBeingDeleted)
        {
            part.Report(Reasons.Deleting, "the load balancer is being deleted");
            return part;
        }

        LoadBalancerReading reading = reader.Read(part, last);
        if ((part.IsInternal || isGateway) && lb.Status?.Ips is { Count: > 0 })
        {
            part.Model = new LoadBalancerModel(lb.Key, lb.Metadata.Uid ?? "", lb.Metadata.Generation, reading.Routing.RingGeneration, []);
        }

        foreach (DatapathAddress address in reading.Addresses)
        {
            if (!part.IsInternal)
            {
                AddOnce(part, reading, new VipKey(VipKey.PublicNetwork, address));
                continue;
            }

            if (nics.Networks.LocalVniOf(network) is { } own)
            {
                AddOnce(part, reading, new VipKey(own, address));
            }

            foreach (uint peer in nics.Networks.PeersReaching(network, address))
            {
                _peered.Add((part, reading, new VipKey(peer, address)));
            }
        }

        return part;
    }

    /// <summary>Makes those in peered networks, of all load balancers that were added.</summary>
    public void AddPeered()
    {
        foreach ((LoadBalancerPart part, LoadBalancerReading reading, VipKey key) in _peered)
        {
            if (IsTaken(key))
            {
                part.Report(Reasons.PeeringOverlap, $"address {key.Address} is taken in the peered network {key.Network}, whose workloads don't reach the load balancer");
                continue;
            }

            AddOnce(part, reading, key);
        }
    }

    /// <summary>Whether a network with an interface here has the load balancer's addresses, as its own or by a peering.</summary>
    private bool IsReachedFromHere(LoadBalancer lb, ObjectKey network) =>
        nics.Networks.LocalVniOf(network) is not null
        || (lb.Status?.Ips ?? []).Exists(text =>
            IpText.TryParse(text, out IPAddress? address) && nics.Networks.PeersReaching(network, DatapathAddress.From(address)).Any());

    private bool IsTaken(VipKey key) =>
        vips.Find(key) is not null
        || nics.Nics.Any(nic => nic.Network == key.Network && nic.Device is not null && nics.Addresses!.Has(NicBindings.NetworkKeyOf(nic.Nic), key.Address));

    private void AddOnce(LoadBalancerPart part, LoadBalancerReading reading, VipKey key)
    {
        VipModel? previous = reading.Last.Find(vip => vip.Key == key);
        if ((reading.Ports ?? previous?.Ports) is not { } ports)
        {
            return;
        }

        if (vips.Find(key) is { } other)
        {
            part.Report(Reasons.VipConflict, $"address {key.Address} is served for load balancer {other.LoadBalancer}");
            return;
        }

        RoutingModel routing = reading.Routing;
        int targets = HistoryOf(routing, key.Address).Current.Length;
        if (targets > MaglevRing.MaxTargets)
        {
            part.Report(Reasons.TooManyTargets, $"{targets} targets; a ring has at most {MaglevRing.MaxTargets}");
            if (previous is null)
            {
                return;
            }

            routing = previous.Routing;
        }

        VipModel vip = Make(part, key, ports, routing, previous);

        // One that says the same is the same.
        vip = vip == previous ? previous : vip;
        vips.Add(vip);
        part.Vips.Add(vip);
        ReportUnchecked(part, vip);
    }

    private VipModel Make(LoadBalancerPart part, VipKey key, PortRules ports, RoutingModel routing, VipModel? previous)
    {
        bool isInternal = key.Network != VipKey.PublicNetwork;
        RingHistory history = HistoryOf(routing, key.Address);
        if (history.Current.IsEmpty)
        {
            part.Report(Reasons.NoTargets, $"no target takes new flows of {key.Address}");
        }

        FoldedRing? ring = null;
        if (isInternal || isGateway)
        {
            // A ring is a pure function of the routing and of which of its times have passed.
            bool isUnchanged = previous is { Ring: not null } && ReferenceEquals(previous.Routing, routing)
                && (previous.Ring.ChangesAt is not { } changes || now < changes);
            ring = isUnchanged ? previous!.Ring : RingFold.Fold(history, now);
        }

        ImmutableArray<ulong> alive = history.AliveAt(now);

        part.LookAgainAt(history.NextEventAfter(now));
        bool remembersChanges = history.SetsAt(now).Length > 1;
        if (remembersChanges && routing.UdpUntil > now)
        {
            part.LookAgainAt(routing.UdpUntil);
        }

        VipAnnouncement announcement = isInternal ? VipAnnouncement.None : announcements.AnnouncementOf(part, key.Address, routing, alive);
        return new VipModel
        {
            LoadBalancer = part.LoadBalancer.Key,
            LoadBalancerUid = part.LoadBalancer.Metadata.Uid ?? "",
            Address = key.Address,
            Network = key.Network,
            Ports = previous is not null && HaveSameRanges(previous.Ports, ports) ? previous.Ports : ports,
            Routing = routing,
            Ring = ring,
            Alive = previous is not null && previous.Alive.AsSpan().SequenceEqual(alive.AsSpan()) ? previous.Alive : alive,
            UdpToCurrent = remembersChanges && routing.UdpUntil <= now,
            Announce = isInternal || announcement.HasFlag(VipAnnouncement.Layer2) || announcements.IsByBgpOnly(routing),
            Announcement = announcement,
        };
    }

    private static RingHistory HistoryOf(RoutingModel routing, DatapathAddress address) => address.IsIPv4 ? routing.IPv4 : routing.IPv6;

    private static bool HaveSameRanges(PortRules one, PortRules other) => one.Ranges.AsSpan().SequenceEqual(other.Ranges.AsSpan(), LayoutEquality<PortRange>.Instance);

    /// <summary>Says which targets of a VIP don't get what its policy says, wherever they are.</summary>
    private static void ReportUnchecked(LoadBalancerPart part, VipModel vip)
    {
        if (vip.Routing is { Translates: true, HasMachines: true })
        {
            foreach (IPAddress plain in LocalBindings.Answering(vip).Select(target => vip.Routing.Targets[target].Plain).OfType<IPAddress>())
            {
                part.Report(Reasons.NotTranslated, $"{plain} is no network interface: it gets packets with destination {vip.Address} and has to own that address, whatever the policy's delivery is");
            }
        }

        if (!vip.Checked.IsEmpty && ProbeSpec.From(vip.Routing.HealthCheck!, part.LoadBalancer.Spec.Ports) is null)
        {
            part.Report(Reasons.HealthCheckWithoutPort, "the policy's healthCheck names no port, and the load balancer has none of its protocol: no target is checked");
        }
    }
}
