using Lodestone.Agent.Desired;
using Lodestone.Agent.Health;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Datapath.Layout;

using Xunit;

namespace Lodestone.Agent.Tests.Desired;

public sealed class HealthTargetTests
{
    private readonly World _world = new();

    [Fact]
    public void Compute_HealthCheck_ChecksOwnTargetsAndThoseLeftOut()
    {
        NetworkInterface own = _world.AddNic("a", 1);
        NetworkInterface left = _world.AddNic("b", 2);
        NetworkInterface gone = _world.AddNic("c", 3);
        NetworkInterface elsewhere = _world.AddNic("d", 4, "host-b");
        LoadBalancerRouting routing = Route(new HealthCheck { Http = new HttpHealthCheck { Scheme = "HTTPS" }, IntervalSeconds = 1 }, own, elsewhere);
        routing.Draining = [Draining(left, unhealthy: true), Draining(gone, unhealthy: null)];

        DesiredState state = _world.Compute();

        Assert.Equal(["a 101", "b 102"], state.HealthTargets.Select(target => $"{target.Nic.Name} {target.Ifindex}"));
        HealthTarget target = state.HealthTargets[0];
        Assert.Equal(("198.51.100.1", "web-uid", "a-uid", false), (target.Vip.ToString(), target.Key.LoadBalancerUid, target.Key.NicUid, target.Key.IsIPv6));
        Assert.Equal((ProbeKind.Https, (ushort)443), (target.Spec.Kind, target.Spec.Port));
        Assert.Equal((1.0, 1.0, 2, 3, 0.1), (target.Spec.Interval.TotalSeconds, target.Spec.Timeout.TotalSeconds, target.Spec.HealthyThreshold, target.Spec.UnhealthyThreshold, target.Spec.Jitter));
        Assert.Equal([(200, 399)], target.Spec.Statuses);

        // Who is left out takes no packet of clients, and may answer from the VIP all the same.
        Assert.Equal(2, state.Reals.Length);
        Assert.True(state.NicSources.ContainsKey(Source(102)));
        Assert.False(state.NicSources.ContainsKey(Source(103)));
        Assert.Same(state.HealthTargets[0], _world.Compute(state).HealthTargets[0]);
    }

    [Fact]
    public void Compute_WithTranslation_TranslatesForThoseLeftOut()
    {
        NetworkInterface left = _world.AddNic("b", 2);
        LoadBalancerRouting routing = Route(new HealthCheck { Tcp = new TcpHealthCheck() }, _world.AddNic("a", 1));
        routing.Policy!.Delivery = "Translate";
        routing.Draining = [Draining(left, unhealthy: true)];

        DesiredState state = _world.Compute();

        // Echo requests are answered from the address that the VIP becomes.
        Assert.Contains(Source(102), state.Translations.Keys);
        Assert.Equal(state.Translations[Source(102)].ToString(), state.HealthTargets.Single(target => target.Nic.Name == "b").OwnAddress?.ToString());
    }

    [Fact]
    public void Compute_NoCheck_ChecksNothing()
    {
        Route(null, _world.AddNic("a", 1));

        Assert.Empty(_world.Compute().HealthTargets);
    }

    [Fact]
    public void Compute_NoPortOfTheProtocol_ChecksNothingAndSaysSo()
    {
        Route(new HealthCheck { Udp = new UdpHealthCheck() }, _world.AddNic("a", 1));

        DesiredState state = _world.Compute();

        Assert.Empty(state.HealthTargets);
        Assert.Equal(Reasons.HealthCheckWithoutPort, Assert.Single(state.Problems).Reason);
    }

    [Fact]
    public void Compute_Icmp_NeedsNoPort()
    {
        Route(new HealthCheck { Icmp = new IcmpHealthCheck() }, _world.AddNic("a", 1)).Policy!.Delivery = null;
        _world.LoadBalancers[0].Spec.Ports = null;

        HealthTarget target = Assert.Single(_world.Compute().HealthTargets);

        Assert.Equal((ProbeKind.Icmp, (ushort)0, null), (target.Spec.Kind, target.Spec.Port, target.OwnAddress));
    }

    [Fact]
    public void Compute_DeviceOfChecks_IsTheWayToTheProber()
    {
        Assert.Empty(_world.Compute().Routes);
        _world.Devices[ProbeLink.Device] = new LocalDevice(ProbeLink.Device, 55, true, true, 1500, MacAddress.Parse("02:00:00:00:00:55"));

        DesiredState state = _world.Compute();

        (RouteKey key, RealModel? way) = Assert.Single(state.Routes);
        Assert.Equal(new RouteKey(RouteKey.ProberNetwork, default), key);
        Assert.Equal((RealKind.Device, 55u, MacAddress.Parse("02:00:00:00:00:55")), (way!.Kind, way.Ifindex, way.NextHop));
    }

    private static NicSourceKey Source(uint ifindex) => new() { Ifindex = ifindex, Addr = DatapathAddress.Parse("198.51.100.1") };

    private static LoadBalancerDraining Draining(NetworkInterface nic, bool? unhealthy) => new()
    {
        Ip = nic.Spec.Ips![0].Value,
        TargetRef = World.ReferenceTo(nic),
        Deadline = World.Start.AddSeconds(-1),
        Unhealthy = unhealthy,
    };

    private LoadBalancerRouting Route(HealthCheck? check, params NetworkInterface[] nics)
    {
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        lb.Spec.Ports = [new LoadBalancerPort { Port = 443 }];
        LoadBalancerRouting routing = _world.Route(lb, nics);
        routing.Policy = new RoutingPolicy { Name = "p", Uid = "p", Generation = 1, HealthCheck = check };
        return routing;
    }
}
