using System.Text;
using CsCheck;
using Lodestone.Agent.Desired;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Xunit;

namespace Lodestone.Agent.Tests.Desired;

/// <summary>A state takes over parts of the last one: never stale ones, and those that are as they were by reference.</summary>
public sealed class ReuseTests
{
    [Fact]
    public void Compute_OneRoutingChanges_OtherPartsAreTheSameInstances()
    {
        var world = new World();
        LoadBalancer[] lbs = [.. Enumerable.Range(1, 3).Select(i => world.AddLoadBalancer($"lb-{i}", $"198.51.100.{i}"))];
        NetworkInterface[] nics = [.. Enumerable.Range(1, 4).Select(i => world.AddNic($"nic-{i}", i, "host-b"))];
        foreach (LoadBalancer lb in lbs)
        {
            world.Route(lb, nics[..3]);
        }

        DesiredState before = world.Compute();
        world.Route(lbs[1], nics);
        DesiredState after = world.Compute(before);

        Assert.Equal([true, false, true], before.Vips.Zip(after.Vips, ReferenceEquals));
        Assert.Equal(4, after.Reals.Length);
        Assert.All(before.Reals, real => Assert.Contains(after.Reals, other => ReferenceEquals(real, other)));
    }

    [Fact]
    public void Compute_NothingChanges_IsTheSameArrays()
    {
        var world = new World();
        world.Route(world.AddLoadBalancer("web", "198.51.100.1", "2001:db8::1"), world.AddNic("near", 1), world.AddNic("far", 2, "host-b"));

        DesiredState before = world.Compute();
        DesiredState after = world.Compute(before);

        Assert.True(before.Vips == after.Vips);
        Assert.True(before.Reals == after.Reals);
    }

    [Fact]
    public void Compute_StateMadeOfAnother_TakesOverNoOtherVips()
    {
        var world = new World();
        world.Route(world.AddLoadBalancer("web", "198.51.100.1"), world.AddNic("near", 1));
        DesiredState before = world.Compute();

        DesiredState after = world.Compute(before with { Vips = [] });

        Assert.NotSame(before.Vips[0], Assert.Single(after.Vips));
    }

    /// <summary>A check without a port is of the first: the VIP is the same, whichever of its ports that is.</summary>
    [Fact]
    public void Compute_OrderOfPortsChanges_ChecksTheFirst()
    {
        var world = new World();
        LoadBalancer lb = world.AddLoadBalancer("web", "198.51.100.1");
        lb.Spec.Ports = [new LoadBalancerPort { Port = 80 }, new LoadBalancerPort { Port = 443 }];
        world.Route(lb, world.AddNic("near", 1)).Policy = new RoutingPolicy { HealthCheck = new HealthCheck { Tcp = new TcpHealthCheck() } };
        DesiredState before = world.Compute();
        lb.Spec.Ports.Reverse();

        DesiredState after = world.Compute(before);

        Assert.Equal([80, 443], new[] { before, after }.Select(state => (int)state.HealthTargets.Single().Spec.Port));
    }

    /// <summary>What the applier takes for the same by reference, of a hypervisor that is a gateway too.</summary>
    [Fact]
    public void Compute_OnlyStatusesChange_AllPartsAreTheSameInstances()
    {
        var world = new World();
        NetworkInterface near = world.AddNic("near", 1), far = world.AddNic("far", 2, "host-b");
        LoadBalancer lb = world.AddLoadBalancer("web", "198.51.100.1");
        world.Route(lb, near, far);
        world.Route(world.AddLoadBalancer("empty", "198.51.100.2"));
        DesiredState before = world.Compute();
        near.Status = new NetworkInterfaceStatus { State = "Available" };
        far.Status = new NetworkInterfaceStatus { State = "Available" };
        lb.Status!.Gateways = [new LoadBalancerGateway { Name = "host-a" }];
        world.Hosts[1].Status = new HostStatus();

        DesiredState after = world.Compute(before);

        Assert.NotSame(before.Nics[0].Nic, after.Nics[0].Nic);
        Assert.NotEmpty(before.Problems);
        Assert.True(before.Vips == after.Vips && before.Reals == after.Reals && before.LoadBalancers == after.LoadBalancers && before.Problems == after.Problems);
        Assert.Same(before.Routes, after.Routes);
        Assert.Same(before.NicSources, after.NicSources);
        Assert.Same(before.Underlay, after.Underlay);
        Assert.Same(before.GeneveNics, after.GeneveNics);
        Assert.Same(before.Translations, after.Translations);
        Assert.Same(before.UnderlaySources, after.UnderlaySources);
        Assert.Same(before.NextHops, after.NextHops);
    }

    /// <summary>Any history of all kinds of objects: each state computed from the last one is the one that is computed from its history without any memory.</summary>
    [Fact]
    public void Compute_AnyHistory_IsAsFromScratch() => Gen.Select(Gen.Int, Gen.Int[1, 30]).Sample(
        (seed, steps) =>
        {
            var random = new Random(seed);
            var history = new RandomHistory(random, isWhole: true);
            DesiredState? last = null, scratch = null;
            for (int step = 0; step < steps; step++)
            {
                history.Step();
                WorldSnapshot snapshot = history.World.Snapshot();
                last = DesiredState.Compute(history.Frozen(snapshot), last, history.Now);
                scratch = DesiredState.Compute(snapshot, scratch is null ? null : scratch with { Memo = null }, history.Now);
                Assert.Equal(Whole(scratch), Whole(last));
                if (random.Next(8) == 0)
                {
                    // The same once more, and then from a state whose memory was taken along by that.
                    DesiredState again = DesiredState.Compute(history.Frozen(snapshot), last, history.Now);
                    DesiredState scratchAgain = DesiredState.Compute(snapshot, scratch with { Memo = null }, history.Now);
                    Assert.Equal(Whole(scratchAgain), Whole(again));
                    (last, scratch) = random.Next(2) == 0 ? (again, scratchAgain) : (last, scratch);
                }
            }
        },
        iter: 1500);

    /// <summary>All that a state says.</summary>
    private static string Whole(DesiredState state)
    {
        var text = new StringBuilder(DesiredStateText.Describe(state));
        text.AppendJoin('\n', state.Vips.Select(vip => $"{vip.Key} {vip.UdpToCurrent} {vip.Announcement} {vip.LoadBalancerUid} {vip.Routing.Version} {vip.Routing.Encapsulation} {string.Join(',', vip.Alive)} {vip.Ring?.ChangesAt}")).AppendLine();
        text.AppendJoin('\n', state.LoadBalancers.Select(lb => $"{lb.Key} {lb.Uid} {lb.Generation} {lb.RingGeneration} {string.Join(',', lb.Vips)}")).AppendLine();
        text.AppendJoin('\n', state.Nics.Select(nic => $"{nic.Nic.Key} {nic.Device} {string.Join(',', nic.Addresses)} {string.Join(',', nic.Prefixes)} {nic.Number} {nic.Network} {nic.Nic.Status?.State}")).AppendLine();
        text.AppendJoin('\n', state.GeneveNics.Select(nic => $"{nic.Key.Dst} {nic.Key.Number} {nic.Value.Ifindex} {nic.Value.Kind} {nic.Value.Flags} {nic.Value.Network}")).AppendLine();
        text.AppendJoin('\n', state.Underlay.Select(nic => $"{nic.Key} {nic.Value.Flags} {nic.Value.Mac}")).AppendLine();
        text.AppendJoin('\n', state.HealthTargets).AppendLine();
        text.AppendJoin('\n', (state.UnderlaySources ?? DesiredState.EmptyUnderlaySources).Keys).AppendLine();
        text.AppendJoin('\n', state.Incomplete.OrderBy(entry => entry.Key.ToString(), StringComparer.Ordinal)).AppendLine();
        text.AppendJoin('\n', state.NextHops.Select(address => address.ToString()).Order(StringComparer.Ordinal));
        return text.ToString();
    }
}
