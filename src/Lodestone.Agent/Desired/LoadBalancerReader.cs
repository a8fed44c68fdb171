using System.Collections.Immutable;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Agent.Desired;

/// <summary>Reads what a load balancer and its routing say. What cannot be read is reported, and what was served before stands for it.</summary>
/// <param name="world">The objects.</param>
/// <param name="now">The time it is read at.</param>
/// <param name="incomplete">Load balancers whose routing's slices were not all there the last time, and since when.</param>
internal sealed class LoadBalancerReader(PlanWorld world, DateTimeOffset now, ImmutableDictionary<ObjectKey, DateTimeOffset> incomplete)
{
    /// <summary>A routing and its slices come by watches of their own: that one is ahead for so long is no trouble.</summary>
    internal static readonly TimeSpan SliceLag = TimeSpan.FromSeconds(5);

    /// <summary>Reads addresses, ports and routing.</summary>
    /// <param name="part">The load balancer; takes what there is to say of it.</param>
    /// <param name="last">The VIPs that it had.</param>
    public LoadBalancerReading Read(LoadBalancerPart part, List<VipModel> last)
    {
        List<DatapathAddress> addresses = ReadAddresses(part, last);
        bool portsAreGood = PortReader.TryRead(part.LoadBalancer.Spec.Ports, out PortRules ports, out string error);
        if (!portsAreGood)
        {
            part.Report(Reasons.PortInvalid, error);
        }

        return new LoadBalancerReading(addresses, portsAreGood ? ports : null, ReadRouting(part, last), last);
    }

    /// <summary>The load balancer's addresses. One that cannot be read leaves those served before, which then are the last good.</summary>
    private static List<DatapathAddress> ReadAddresses(LoadBalancerPart part, List<VipModel> last)
    {
        var addresses = new List<DatapathAddress>();
        List<string> texts = part.LoadBalancer.Status?.Ips ?? [];
        for (int i = 0; i < texts.Count; i++)
        {
            if (!IpText.TryParse(texts[i], out IPAddress? address))
            {
                part.Report(Reasons.AddressInvalid, $"status.ips[{i}]: \"{texts[i]}\" is not an IPv4 or IPv6 address");
                return [.. last.Where(vip => vip.IsInternal == part.IsInternal).Select(vip => vip.Address).Distinct().Order(LayoutOrder.Instance)];
            }

            var mapped = DatapathAddress.From(address);
            if (!addresses.Contains(mapped))
            {
                addresses.Add(mapped);
            }
        }

        if (addresses.Count == 0)
        {
            part.Report(Reasons.NoAddress, "no address has been allocated");
        }

        return addresses;
    }

    private RoutingModel ReadRouting(LoadBalancerPart part, List<VipModel> last)
    {
        LoadBalancer lb = part.LoadBalancer;
        if (!world.Routings.TryGet(lb.Key, out LoadBalancerRouting? routing))
        {
            part.Report(Reasons.RoutingMissing, $"there is no LoadBalancerRouting {lb.Key}");
            return RoutingModel.Empty;
        }

        // Without a selector somebody else writes the routing, and need not make the load balancer its owner.
        OwnerReference? owner = routing.Metadata.Controller;
        if (owner is null ? lb.Spec.NetworkInterfaceSelector is not null : owner.Uid != lb.Metadata.Uid)
        {
            part.Report(Reasons.RoutingForeign, $"LoadBalancerRouting {lb.Key} is not owned by the load balancer: delete it");
            return RoutingModel.Empty;
        }

        RoutingModel? previous = last.MaxBy(vip => vip.Key, LayoutOrder.Instance)?.Routing;
        if (previous is not null && previous.Version == RoutingReader.VersionOf(routing))
        {
            return previous;
        }

        if (!RoutingAssembly.TryAssemble(routing, name => FindSlice(routing, name), out LoadBalancerRouting whole, out string missing))
        {
            WaitForSlices(part, missing);
            return previous ?? RoutingModel.Empty;
        }

        if (RoutingReader.TryRead(whole, out RoutingModel model, out string error))
        {
            return model;
        }

        part.Report(Reasons.RoutingInvalid, error);
        return previous ?? RoutingModel.Empty;
    }

    private LoadBalancerRoutingSlice? FindSlice(LoadBalancerRouting routing, string name) =>
        world.RoutingSlices.Find(new ObjectKey(routing.Metadata.Namespace ?? "", name));

    private void WaitForSlices(LoadBalancerPart part, string missing)
    {
        DateTimeOffset since = incomplete.TryGetValue(part.LoadBalancer.Key, out DateTimeOffset known) ? known : now;
        part.IncompleteSince = since;
        part.IsPure = false;
        if (now - since >= SliceLag)
        {
            part.Report(Reasons.RoutingIncomplete, missing);
        }
        else
        {
            part.LookAgainAt(since + SliceLag);
        }
    }
}
