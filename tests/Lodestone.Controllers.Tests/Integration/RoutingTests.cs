using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Xunit;

namespace Lodestone.Controllers.Tests.Integration;

/// <summary>What becomes of a routing while targets, selectors and networks come and go.</summary>
public sealed class RoutingTests
{
    [Fact]
    public async Task Selector_Narrowed_TargetDrainsAndComesBack()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        await world.InterfaceAsync("nic-a", ["10.0.0.1"]);
        await world.InterfaceAsync("nic-b", ["10.0.0.2"], app: "db");
        LoadBalancer lb = await world.LoadBalancerAsync("web", l => l.Spec.NetworkInterfaceSelector = new LabelSelector());
        LoadBalancerRouting routing = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 2, "everybody");
        long generation = routing.RingGeneration!.Value;

        lb = await SelectAsync(world, lb, "web");
        routing = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Draining?.Count == 1, "one draining");
        Assert.Equal(("nic-a", "nic-b"), (Assert.Single(routing.Destinations!).Name, routing.Draining![0].Name));
        Assert.Equal(generation + 1, routing.RingGeneration);
        Assert.InRange(routing.Draining[0].Deadline, TimeProvider.System.GetUtcNow().AddMinutes(14), TimeProvider.System.GetUtcNow().AddMinutes(15).AddSeconds(1));

        await world.Client.UpdateAsync(lb, l => l.Spec.NetworkInterfaceSelector = new LabelSelector(), TestContext.Current.CancellationToken);
        routing = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 2 && r.Draining is null, "both again");
        Assert.Equal(generation + 2, routing.RingGeneration);
        Assert.Equal([generation + 1, generation + 2], routing.RingHistory!.TakeLast(2).Select(h => h.Generation));
    }

    [Fact]
    public async Task Target_DrainedToItsDeadline_IsLetGo()
    {
        await using World world = await World.StartAsync(new ControllerOptions { DrainTime = TimeSpan.FromSeconds(1), LearningWindow = TimeSpan.FromSeconds(1) });
        await world.NetworkAsync();
        await world.InterfaceAsync("nic-a", ["10.0.0.1"]);
        NetworkInterface leaver = await world.InterfaceAsync("nic-b", ["10.0.0.2"]);
        await world.LoadBalancerAsync("web");
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 2, "both");

        await RelabelAsync(world, leaver, "away");
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Draining?.Count == 1, "one draining");

        LoadBalancerRouting routing = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Draining is null && r.RingHistory is null, "nothing but the targets");
        Assert.Equal("nic-a", Assert.Single(routing.Destinations!).Name);
    }

    [Fact]
    public async Task Target_DeadOrDeleted_JustGoes()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        NetworkInterface dead = await world.InterfaceAsync("nic-a", ["10.0.0.1"]);
        NetworkInterface deleted = await world.InterfaceAsync("nic-b", ["10.0.0.2"]);
        await world.InterfaceAsync("nic-c", ["10.0.0.3"]);
        await world.LoadBalancerAsync("web");
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 3, "all");

        await world.Client.UpdateStatusAsync(dead, n => n.Status!.State = "Error", TestContext.Current.CancellationToken);
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 2 && r.Draining is null, "one less");
        await world.Client.DeleteAsync<NetworkInterface>(deleted.Key, null, TestContext.Current.CancellationToken);
        LoadBalancerRouting routing = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 1 && r.Draining is null, "two less");

        Assert.Equal("nic-c", routing.Destinations![0].Name);
    }

    [Fact]
    public async Task Target_BeingDeleted_TakesNoNewFlowsAtOnceAndIsForgottenWhenItIsGone()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        await world.InterfaceAsync("nic-a", ["10.0.0.1"]);
        NetworkInterface going = await world.InterfaceAsync("nic-b", ["10.0.0.2"]);
        going = (await world.Client.UpdateAsync(going, n => n.Metadata.Finalizers = ["example.com/hold"], TestContext.Current.CancellationToken))!;
        await world.LoadBalancerAsync("web");
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 2, "both");

        await world.Client.DeleteAsync<NetworkInterface>(going.Key, null, TestContext.Current.CancellationToken);
        LoadBalancerRouting routing = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 1, "one less");
        Assert.Equal("nic-b", Assert.Single(routing.Draining!).Name);

        await world.Client.UpdateAsync((await world.FindAsync<NetworkInterface>("nic-b"))!, n => n.Metadata.Finalizers = null, TestContext.Current.CancellationToken);
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Draining is null, "it is forgotten");
    }

    /// <summary>IronCore's handler stops at the first load balancer without a selector, so those after it miss the change (B5).</summary>
    [Fact]
    public async Task Interface_AmongLoadBalancersWithoutSelector_WakesEveryOtherOne()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        string[] names = [.. Enumerable.Range(0, 8).Select(i => $"lb-{i}")];
        foreach (string name in names)
        {
            await world.LoadBalancerAsync(name, l => l.Spec.NetworkInterfaceSelector = name[^1] % 2 == 0 ? null : l.Spec.NetworkInterfaceSelector);
        }

        await world.InterfaceAsync("nic-a", ["10.0.0.1"]);

        foreach (string name in names.Where(n => n[^1] % 2 != 0))
        {
            await world.SeesAsync<LoadBalancerRouting>(name, r => r.Destinations?.Count == 1, "the target");
        }

        foreach (string name in names.Where(n => n[^1] % 2 == 0))
        {
            Assert.Null(await world.FindAsync<LoadBalancerRouting>(name));
        }
    }

    [Fact]
    public async Task Interface_Relabelled_WakesWhoHadItAndWhoGetsIt()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        NetworkInterface nic = await world.InterfaceAsync("nic-a", ["10.0.0.1"]);
        await world.LoadBalancerAsync("web");
        await world.LoadBalancerAsync("db", l => l.Spec.NetworkInterfaceSelector!.MatchLabels!["app"] = "db");
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 1, "the target");
        await world.SeesAsync<LoadBalancerRouting>("db", r => r.Destinations?.Count == 0, "a routing without targets");

        await RelabelAsync(world, nic, "db");

        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 0 && r.Draining?.Count == 1, "it left");
        await world.SeesAsync<LoadBalancerRouting>("db", r => r.Destinations?.Count == 1, "it came");
    }

    /// <summary>IronCore rewrites the list whenever its cache's order differs, and each write wakes it again (B6).</summary>
    [Fact]
    public async Task Interfaces_ChangedInWhatDoesNotMatter_WriteNothing()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        NetworkInterface[] interfaces = await Task.WhenAll(Enumerable.Range(1, 6).Select(i => world.InterfaceAsync($"nic-{i}", [$"10.0.0.{i}"])));
        await world.LoadBalancerAsync("web", l => l.Spec.IpFamilies = ["IPv4"]);
        LoadBalancerRouting routing = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 6, "all");
        Assert.Equal(routing.Destinations!.Select(d => d.Uid).Order(StringComparer.Ordinal), routing.Destinations!.Select(d => d.Uid));

        foreach (NetworkInterface nic in interfaces.Reverse())
        {
            await world.Client.UpdateAsync(nic, n => n.Metadata.Annotations = new() { ["example.com/note"] = "x" }, TestContext.Current.CancellationToken);
            await world.Client.UpdateStatusAsync(
                (await world.FindAsync<NetworkInterface>(nic.Metadata.Name!))!, n => n.Status!.Ips = [.. n.Status.Ips!, "fd00::1"], TestContext.Current.CancellationToken);
        }

        // A change that does matter comes after them in the same queue; the routing was written for it alone.
        await world.InterfaceAsync("nic-7", ["10.0.0.7"]);
        LoadBalancerRouting after = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 7, "the seventh");
        Assert.Equal(routing.RingGeneration + 1, after.RingGeneration);
        Assert.Equal(routing.Metadata.Generation + 1, after.Metadata.Generation);
    }

    /// <summary>As in IronCore, a selector that is taken away freezes the routing; here a condition says so (B9).</summary>
    [Fact]
    public async Task Selector_TakenAway_FreezesTheRoutingAndSaysSo()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        NetworkInterface nic = await world.InterfaceAsync("nic-a", ["10.0.0.1"]);
        LoadBalancer lb = await world.LoadBalancerAsync("web");
        LoadBalancerRouting routing = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 1, "the target");

        await world.Client.UpdateAsync(lb, l => l.Spec.NetworkInterfaceSelector = null, TestContext.Current.CancellationToken);
        await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Conditions.Of("TargetsReady")?.Reason == "ManagedElsewhere", "the condition");
        await RelabelAsync(world, nic, "away");
        await world.LoadBalancerAsync("other", l => l.Spec.NetworkInterfaceSelector = new LabelSelector());
        await world.SeesAsync<LoadBalancerRouting>("other", r => r.Destinations?.Count == 1, "that the change was seen");

        Assert.Equal(routing.Metadata.ResourceVersion, (await world.FindAsync<LoadBalancerRouting>("web"))!.Metadata.ResourceVersion);
    }

    [Fact]
    public async Task Network_MadeAnewUnderItsName_RoutingNamesTheNewOne()
    {
        await using World world = await World.StartAsync();
        Network former = await world.NetworkAsync();
        await world.InterfaceAsync("nic-a", ["10.0.0.1"]);
        await world.LoadBalancerAsync("web");
        LoadBalancerRouting routing = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 1, "the target");

        // By force: its protection is taken off by hand.
        await world.Client.DeleteAsync<Network>(former.Key, null, TestContext.Current.CancellationToken);
        await world.Client.UpdateAsync((await world.FindAsync<Network>("net"))!, n => n.Metadata.Finalizers = null, TestContext.Current.CancellationToken);
        await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Conditions.Of("NetworkReady")?.Reason == "NetworkNotFound", "the loss");
        Assert.Equal(former.Metadata.Uid, (await world.FindAsync<LoadBalancerRouting>("web"))!.NetworkRef!.Uid);
        Network anew = await world.NetworkAsync();

        LoadBalancerRouting after = await world.SeesAsync<LoadBalancerRouting>("web", r => r.NetworkRef!.Uid == anew.Metadata.Uid, "the new network");
        Assert.Equal(routing.RingGeneration, after.RingGeneration);
        Assert.Equal("nic-a", Assert.Single(after.Destinations!).Name);
    }

    [Fact]
    public async Task Interface_WithoutPlace_IsNoTargetAndTheLoadBalancerSaysSo()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        NetworkInterface nic = await world.InterfaceAsync("nic-a", ["10.0.0.1"]);
        await world.Client.UpdateAsync(nic, n => n.Spec.ProviderID = null, TestContext.Current.CancellationToken);
        await world.LoadBalancerAsync("web");

        LoadBalancer lb = await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Conditions.Of("TargetsReady")?.Reason == "NoTargetPlace", "the reason");

        Assert.Contains("nic-a", lb.Status!.Conditions.Of("TargetsReady")!.Message, StringComparison.Ordinal);
        Assert.Empty((await world.FindAsync<LoadBalancerRouting>("web"))!.Destinations!);
    }

    [Fact]
    public async Task Interface_OfAHostThatDoesNotExist_LeavesTheRingAndSaysWhy()
    {
        await using World world = await World.StartAsync(new ControllerOptions { MissingHostGrace = TimeSpan.FromMilliseconds(200) });
        await world.NetworkAsync();
        await world.InterfaceAsync("nic-a", ["10.0.0.1"], host: "host-a");
        await world.CreateAsync(new NetworkInterface
        {
            Metadata = new ObjectMeta { Namespace = "default", Name = "nic-b" },
            Spec = new NetworkInterfaceSpec
            {
                ProviderID = "lodestone://host-b/eth0",
                NetworkRef = new LocalObjectReference { Name = "net" },
                MachineRef = new LocalUidReference { Name = "machine", Uid = "1" },
                Ips = [new IpSource { Value = "10.0.0.2" }],
            },
        });
        await world.LoadBalancerAsync("web");
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 1, "the target");

        // Without any Host that is ready the fault may be ours: nobody is evicted, but who has no state yet learns why.
        NetworkInterface untold = await world.SeesAsync<NetworkInterface>("nic-b", n => n.Status?.State == "Pending", "why it is Pending");
        Assert.Equal("HostNotFound", untold.Status!.Conditions.Of("HostReady")!.Reason);
        Assert.Equal("machine", untold.Spec.MachineRef!.Name);
        Assert.Equal("Available", (await world.FindAsync<NetworkInterface>("nic-a"))!.Status!.State);

        await world.CreateAsync(new Host { Metadata = new ObjectMeta { Name = "host-c" }, Spec = new HostSpec { Roles = ["Hypervisor"] } });
        await world.SeesAsync<NetworkInterface>("nic-a", n => n.Status?.State == "Pending" && n.Status.Conditions.Of("HostReady")?.Reason == "HostNotFound", "the eviction");
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 0 && r.Draining is null, "an empty ring");

        await world.CreateAsync(new Host { Metadata = new ObjectMeta { Name = "host-a" }, Spec = new HostSpec { Roles = ["Hypervisor"] } });
        await world.SeesAsync<NetworkInterface>("nic-a", n => n.Status?.Conditions.IsTrue("HostReady") == true, "that the host came");
    }

    private static async Task<LoadBalancer> SelectAsync(World world, LoadBalancer lb, string app) => (await world.Client.UpdateAsync(
        lb, l => l.Spec.NetworkInterfaceSelector = new LabelSelector { MatchLabels = new() { ["app"] = app } }, TestContext.Current.CancellationToken))!;

    private static Task<NetworkInterface?> RelabelAsync(World world, NetworkInterface nic, string app) =>
        world.Client.UpdateAsync(nic, n => n.Metadata.Labels!["app"] = app, TestContext.Current.CancellationToken);
}
