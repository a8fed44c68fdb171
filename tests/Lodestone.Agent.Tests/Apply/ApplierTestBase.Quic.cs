using Lodestone.Agent.Apply;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Xunit;

namespace Lodestone.Agent.Tests.Apply;

/// <summary>Servers of QUIC connection IDs.</summary>
public abstract partial class ApplierTestBase
{
    private static readonly DatapathCapacities QuicCapacities = Capacities with { QuicServers = 8 };

    [Fact]
    public void Apply_Quic_ServersFollowTheTargets()
    {
        IDatapathMaps maps = CreateMaps(QuicCapacities);
        LoadBalancer lb = AddWeb(2);
        Quic(lb, new RoutingQuic { ConfigID = 3, ServerIDLength = 4 });
        var applier = new DatapathApplier(maps, _time);

        ApplyResult result = Apply(applier);

        Assert.Empty(result.Problems);
        Vip vip = DatapathText.Find(maps, "198.51.100.1");
        Assert.True(vip.Flags.HasFlag(VipFlags.Quic));
        Assert.Equal(((byte)4, (byte)0), (vip.QuicIdLen, vip.QuicByPort));
        Assert.Equal(["3 0 0A000001 nic-0-uid", "3 0 0A000002 nic-1-uid"], Servers(maps));
        Assert.Equal(0, Apply(applier).Writes);
        Assert.Equal(0, Apply(new DatapathApplier(maps, _time)).Writes);

        // One leaves but drains, another comes.
        LoadBalancerRouting routing = _world.Route(lb, _world.Nics[0], _world.AddNic("new", 9));
        Quic(lb, new RoutingQuic { ConfigID = 3, ServerIDLength = 4 });
        routing.Draining = [new LoadBalancerDraining { Uid = "nic-1-uid", Name = "nic-1", Ip = "10.0.0.2", Deadline = World.Start.AddMinutes(5), TargetRef = Reference(1) }];
        Apply(applier);
        Assert.Equal(["3 0 0A000001 nic-0-uid", "3 0 0A000002 nic-1-uid", "3 0 0A000009 new-uid"], Servers(maps));

        // It is gone: before its real is dead, no ID names it.
        routing.Draining = null;
        Apply(applier);
        Assert.Equal(["3 0 0A000001 nic-0-uid", "3 0 0A000009 new-uid"], Servers(maps));
        Assert.Equal(0, Apply(new DatapathApplier(maps, _time)).Writes);
    }

    [Fact]
    public void Apply_QuicPortsAndLength_AreInKeysAndTheVip_UntilThePolicyGoes()
    {
        IDatapathMaps maps = CreateMaps(QuicCapacities);
        LoadBalancer lb = AddWeb(1);
        var applier = new DatapathApplier(maps, _time);
        Apply(applier);
        Assert.Empty(Servers(maps));

        Quic(lb, new RoutingQuic { ServerIDLength = 2, Ports = [443, 8443] });
        Apply(applier);
        Assert.Equal(((byte)2, (byte)1), (DatapathText.Find(maps, "198.51.100.1").QuicIdLen, DatapathText.Find(maps, "198.51.100.1").QuicByPort));
        Assert.Equal(["0 443 0001 nic-0-uid", "0 8443 0001 nic-0-uid"], Servers(maps));

        Quic(lb, new RoutingQuic { ServerIDLength = 6 });
        Apply(applier);
        Assert.Equal(["0 0 FFFF0A000001 nic-0-uid"], Servers(maps));

        Quic(lb, null);
        Apply(applier);
        Assert.False(DatapathText.Find(maps, "198.51.100.1").Flags.HasFlag(VipFlags.Quic));
        Assert.Empty(Servers(maps));
    }

    [Fact]
    public void Apply_QuicTwoTargetsOfOneServerID_NeitherHasIt()
    {
        IDatapathMaps maps = CreateMaps(QuicCapacities);
        LoadBalancer lb = AddWeb(3);
        _world.Routings[^1].Destinations![1].Ip = "10.0.7.1";
        Quic(lb, new RoutingQuic { ServerIDLength = 1 });

        ApplyResult result = Apply(new DatapathApplier(maps, _time));

        Assert.Empty(result.Problems);
        Assert.Equal(["0 0 03 nic-2-uid"], Servers(maps));
    }

    [Fact]
    public void Apply_QuicMoreServersThanFit_SaysSoAndServes()
    {
        IDatapathMaps maps = CreateMaps(QuicCapacities);
        LoadBalancer lb = AddWeb(9);
        Quic(lb, new RoutingQuic { ServerIDLength = 4 });

        ApplyResult result = Apply(new DatapathApplier(maps, _time));

        Assert.EndsWith("a larger --capacity quic-servers=COUNT", Assert.Single(result.Problems).Message, StringComparison.Ordinal);
        Assert.Equal(8, maps.QuicServers.ReadAll().Count);
        Assert.Equal(9, DatapathText.Shares(maps, "198.51.100.1").Count);
    }

    [Fact]
    public void Apply_QuicOfAVipThatAnAgentThatDiedHasLeft_IsGoneBeforeItsIdIsUsedAgain()
    {
        IDatapathMaps maps = CreateMaps(QuicCapacities);
        AddWeb(1);
        var stranger = new QuicKey { Vip = 1, Config = 1, Len = 4, Server = 7 };
        maps.QuicServers.Set(stranger, 1);
        int switches = 0;

        var applier = new DatapathApplier(maps, _time, step =>
        {
            if (step == ApplyStep.Switch)
            {
                switches++;
                Assert.Empty(maps.QuicServers.ReadAll());
            }
        });
        Apply(applier);

        Assert.Equal(1, switches);
    }

    private void Quic(LoadBalancer lb, RoutingQuic? quic)
    {
        LoadBalancerRouting routing = _world.Routings.Last(r => r.Metadata.Name == lb.Metadata.Name);
        routing.Policy = quic is null ? null : new RoutingPolicy { Name = "p", Uid = "p-uid", Generation = 1, Quic = quic };
        routing.Metadata.ResourceVersion = $"{routing.Metadata.ResourceVersion}1";
    }

    private LoadBalancerTargetRef Reference(int nic) =>
        new() { Uid = _world.Nics[nic].Metadata.Uid!, Name = _world.Nics[nic].Metadata.Name!, ProviderID = _world.Nics[nic].Spec.ProviderID! };

    /// <summary>Configuration, port, server ID and target.</summary>
    private string[] Servers(IDatapathMaps maps) =>
    [
        .. maps.QuicServers.ReadAll()
            .Select(e => $"{e.Key.Config} {e.Key.Port} {Convert.ToHexString(BitConverter.GetBytes(e.Key.Server).AsSpan(0, e.Key.Len))} "
                + _world.Nics.Single(nic => TargetHash.Of(nic.Metadata.Uid!) == DatapathText.Target(maps, e.Value)).Metadata.Uid)
            .Order(StringComparer.Ordinal),
    ];
}
