using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Http;
using Lodestone.Client.Leases;
using Xunit;

namespace Lodestone.Controllers.Tests.Integration;

/// <summary>What a user sees when the controllers work against a real API server.</summary>
public sealed class ControllersTests
{
    [Fact]
    public async Task LoadBalancer_WithPoolNetworkAndInterfaces_GetsAddressesRoutingAndConditions()
    {
        await using World world = await World.StartAsync();
        await world.LoadBalancerAsync("web");
        await world.InterfaceAsync("nic-b", ["10.0.0.2", "fd00::2"]);
        await world.InterfaceAsync("nic-a", ["10.0.0.1"]);
        await world.InterfaceAsync("other", ["10.0.0.3"], app: "db");
        await world.PoolAsync("public", "203.0.113.0/28", "2001:db8::/64");
        await world.NetworkAsync();

        LoadBalancer lb = await world.SeesAsync<LoadBalancer>(
            "web", l => l.Status?.Ips?.Count == 2 && l.Status.State == "NoGateway", "all but a gateway");
        Network network = await world.SeesAsync<Network>("net", n => n.Status?.State == "Available", "an Available network");
        LoadBalancerRouting routing = (await world.FindAsync<LoadBalancerRouting>("web"))!;

        Assert.StartsWith("203.0.113.", lb.Status!.Ips![0], StringComparison.Ordinal);
        Assert.StartsWith("2001:db8:", lb.Status.Ips[1], StringComparison.Ordinal);
        Assert.Equal(
            ["Accepted=True", "AddressesAllocated=True", "NetworkReady=True", "Programmed=False", "TargetsReady=True"],
            lb.Status.Conditions!.Select(c => $"{c.Type}={c.Status}").Order(StringComparer.Ordinal));
        Assert.Equal(("NoGateway", "2/2", "NoGateway"), (lb.Status.Conditions.Of("Programmed")!.Reason, lb.Status.ReadyTargets, lb.Status.State));
        Assert.Matches("^lodestone://[0-9]+$", network.Spec!.ProviderID);
        Assert.Equal(network.Metadata.Uid, routing.NetworkRef!.Uid);
        Assert.Equal(lb.Metadata.Uid, routing.Metadata.Controller!.Uid);
        Assert.Equal(["10.0.0.1", "10.0.0.2", "fd00::2"], routing.Destinations!.Select(d => d.Ip).Order(StringComparer.Ordinal));
        Assert.All(routing.Destinations!, d => Assert.Equal((d.Uid, d.Name), (d.TargetRef!.Uid, d.TargetRef.Name)));
    }

    [Fact]
    public async Task Interface_LosesItsLabel_DrainsUntilItIsGone()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        await world.InterfaceAsync("nic-a", ["10.0.0.1"]);
        NetworkInterface leaver = await world.InterfaceAsync("nic-b", ["10.0.0.2"]);
        await world.LoadBalancerAsync("web");
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 2, "both targets");

        await world.Client.UpdateAsync(leaver, n => n.Metadata.Labels!["app"] = "other", TestContext.Current.CancellationToken);

        LoadBalancerRouting routing = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Draining?.Count == 1, "one draining");
        Assert.Equal("nic-a", Assert.Single(routing.Destinations!).Name);
        Assert.Equal("nic-b", routing.Draining![0].Name);
        Assert.Equal(leaver.Metadata.Uid, Assert.Single(routing.RingHistory![^1].Removed!).Uid);
        await world.SeesAsync<LoadBalancer>("web", l => l.Status is { Targets: 1, DrainingTargets: 1 }, "the counts");

        await world.Client.DeleteAsync<NetworkInterface>(leaver.Key, null, TestContext.Current.CancellationToken);
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Draining is null, "nobody draining");
    }

    [Fact]
    public async Task Network_FlapsLater_RoutingStays()
    {
        await using World world = await World.StartAsync();
        Network network = await world.CreateAsync(new Network
        {
            Metadata = new ObjectMeta { Namespace = "default", Name = "net" },
            Spec = new NetworkSpec { ProviderID = "other://1" },
        });
        await world.InterfaceAsync("nic-a", ["10.0.0.1"]);
        await world.LoadBalancerAsync("web");
        await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Conditions.Of("NetworkReady")?.Reason == "NetworkNotAvailable", "waiting for the network");
        Assert.Null(await world.FindAsync<LoadBalancerRouting>("web"));

        await SetState("Available");
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 1, "the routing");
        await SetState("Error");
        await world.InterfaceAsync("nic-b", ["10.0.0.2"]);
        LoadBalancerRouting routing = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 2, "the new target");

        Assert.Equal(2, routing.RingGeneration);
        Network current = (await world.FindAsync<Network>("net"))!;
        Assert.Null(current.Metadata.Finalizers);
        Assert.Equal("other://1", current.Spec!.ProviderID);

        Task SetState(string state) => world.Client.UpdateStatusAsync(
            network, n => n.Status = new NetworkStatus { State = state }, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Routing_ControlledBySomebodyElse_IsNotTakenOver()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        Network owner = await world.SeesAsync<Network>("net", n => n.Status?.State == "Available", "the network");
        await world.CreateAsync(new LoadBalancerRouting
        {
            Metadata = new ObjectMeta
            {
                Namespace = "default",
                Name = "web",
                OwnerReferences = [new OwnerReference { ApiVersion = "networking.ironcore.dev/v1alpha1", Kind = "Network", Name = "net", Uid = owner.Metadata.Uid!, Controller = true }],
            },
            Destinations = [new LoadBalancerDestination { Ip = "192.0.2.1" }],
        });
        await world.InterfaceAsync("nic-a", ["10.0.0.1"]);
        await world.LoadBalancerAsync("web");

        await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Conditions.Of("TargetsReady")?.Reason == "RoutingNotOwned", "the refusal");
        await world.EventAsync("web", "RoutingNotOwned");

        LoadBalancerRouting routing = (await world.FindAsync<LoadBalancerRouting>("web"))!;
        Assert.Equal("192.0.2.1", Assert.Single(routing.Destinations!).Ip);
        Assert.Null(routing.RingGeneration);
    }

    [Fact]
    public async Task LoadBalancer_WithoutSelector_IsLeftToOthers()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        await world.InterfaceAsync("nic-a", ["10.0.0.1"]);
        await world.CreateAsync(new LoadBalancerRouting
        {
            Metadata = new ObjectMeta { Namespace = "default", Name = "web" },
            Destinations = [new LoadBalancerDestination { Ip = "192.0.2.1" }],
        });
        await world.LoadBalancerAsync("web", l => l.Spec.NetworkInterfaceSelector = null);

        await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Conditions.Of("TargetsReady")?.Reason == "ManagedElsewhere", "the condition");

        Assert.Null((await world.FindAsync<LoadBalancerRouting>("web"))!.RingGeneration);
    }

    [Fact]
    public async Task LoadBalancer_Deleted_RoutingIsCollectedAndAddressGoesToWhoWaits()
    {
        await using World world = await World.StartAsync();
        await world.PoolAsync("small", "203.0.113.7");
        await world.NetworkAsync();
        await world.LoadBalancerAsync("first", l => l.Spec.IpFamilies = ["IPv4"]);
        await world.SeesAsync<LoadBalancer>("first", l => l.Status?.Ips?.Count == 1, "the only address");
        await world.SeesAsync<LoadBalancerRouting>("first", r => r.Metadata.Controller is not null, "a routing");
        await world.LoadBalancerAsync("second", l => l.Spec.IpFamilies = ["IPv4"]);
        LoadBalancer waiting = await world.SeesAsync<LoadBalancer>("second", l => l.Status?.Conditions.Of("AddressesAllocated")?.Reason == "PoolExhausted", "a full pool");
        Assert.Contains("small", waiting.Status!.Conditions.Of("AddressesAllocated")!.Message, StringComparison.Ordinal);
        await world.EventAsync("second", "PoolExhausted");
        await world.SeesAsync<AddressPool>("small", p => p.Status?.Ipv4 is { Total: "1", Used: "1", Free: "0" }, "the usage", ns: "");

        await world.Client.DeleteAsync<LoadBalancer>(new ObjectKey("default", "first"), null, TestContext.Current.CancellationToken);

        await world.GoneAsync<LoadBalancerRouting>("first");
        await world.SeesAsync<IPAddress>("203.0.113.7", a => a.Spec.ClaimRef!.Name == "second" || a.Status?.ReleasedAt is not null, "the release", ns: "");
        LoadBalancer served = await world.SeesAsync<LoadBalancer>("second", l => l.Status?.Ips?.Count == 1, "the address");
        Assert.Equal("203.0.113.7", served.Status!.Ips![0]);
    }

    [Fact]
    public async Task LoadBalancer_OneFamilyWithoutPool_GetsTheOtherAndSaysWhatIsMissing()
    {
        await using World world = await World.StartAsync();
        await world.PoolAsync("v4", "203.0.113.0/28");
        await world.NetworkAsync();
        await world.LoadBalancerAsync("web");

        LoadBalancer half = await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Conditions.Of("AddressesAllocated")?.Reason == "NoPool", "the missing family");
        string first = Assert.Single(half.Status!.Ips!);
        Assert.Contains("IPv6", half.Status.Conditions.Of("AddressesAllocated")!.Message, StringComparison.Ordinal);

        await world.PoolAsync("v6", "2001:db8::/64");
        LoadBalancer whole = await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Ips?.Count == 2, "both");
        Assert.Equal(first, whole.Status!.Ips![0]);
    }

    [Fact]
    public async Task LoadBalancers_ManyAtOnce_NeverShareAnAddress()
    {
        await using World world = await World.StartAsync(new ControllerOptions { Workers = 8, AddressQuarantine = TimeSpan.FromSeconds(60) });
        await world.PoolAsync("v4", "203.0.113.0/26");
        await world.NetworkAsync();
        await Task.WhenAll(Enumerable.Range(0, 64).Select(i => world.LoadBalancerAsync($"lb-{i}", l => l.Spec.IpFamilies = ["IPv4"])));

        List<LoadBalancer> all = [];
        for (int i = 0; i < 64; i++)
        {
            all.Add(await world.SeesAsync<LoadBalancer>($"lb-{i}", l => l.Status?.Conditions.Of("AddressesAllocated") is not null, "a decision"));
        }

        string[] ips = [.. all.SelectMany(l => l.Status!.Ips ?? [])];
        Assert.Equal(62, ips.Length);
        Assert.Equal(62, ips.Distinct().Count());
        List<IPAddress> claims = await world.Client.ListAsync<IPAddress>(new ListOptions(), TestContext.Current.CancellationToken);
        Assert.Equal(62, claims.Count);
        Assert.Equal(62, claims.Select(c => c.Spec.ClaimRef!.Uid).Distinct().Count());
    }

    [Fact]
    public async Task LoadBalancer_FamilyTakenAway_AddressIsReleasedTheOtherStays()
    {
        await using World world = await World.StartAsync();
        await world.PoolAsync("public", "203.0.113.0/28", "2001:db8::/64");
        await world.NetworkAsync();
        await world.LoadBalancerAsync("web");
        LoadBalancer both = await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Ips?.Count == 2, "both");

        await world.Client.UpdateAsync(both, l => l.Spec.IpFamilies = ["IPv6"], TestContext.Current.CancellationToken);

        LoadBalancer one = await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Ips?.Count == 1, "one");
        Assert.Equal(both.Status!.Ips![1], one.Status!.Ips![0]);
        await world.GoneAsync<IPAddress>(both.Status.Ips[0], ns: "");
    }

    [Fact]
    public async Task InternalLoadBalancers_SameAddressInOneNetwork_SecondIsRefusedUntilTheFirstGoes()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        await world.SeesAsync<Network>("net", n => n.Status?.State == "Available", "the network");
        await world.LoadBalancerAsync("first", Internal);
        await world.SeesAsync<LoadBalancer>("first", l => l.Status?.Ips?.Count == 1, "the address");
        await world.LoadBalancerAsync("second", Internal);
        LoadBalancer refused = await world.SeesAsync<LoadBalancer>("second", l => l.Status?.Conditions.Of("AddressesAllocated")?.Reason == "AddressConflict", "the conflict");
        Assert.Contains("default/first", refused.Status!.Conditions.Of("AddressesAllocated")!.Message, StringComparison.Ordinal);

        await world.Client.DeleteAsync<LoadBalancer>(new ObjectKey("default", "first"), null, TestContext.Current.CancellationToken);
        await world.SeesAsync<LoadBalancer>("second", l => l.Status?.Ips?.Count == 1, "the address");

        static void Internal(LoadBalancer lb)
        {
            lb.Spec.Type = "Internal";
            lb.Spec.IpFamilies = ["IPv4"];
            lb.Spec.Ips = [new IpSource { Value = "10.0.0.100" }];
        }
    }

    [Fact]
    public async Task Network_DeletedWhileInUse_WaitsAndThenGivesItsVniBack()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        Network network = await world.SeesAsync<Network>("net", n => n.Status?.State == "Available", "the network");
        string vni = network.Spec!.ProviderID!["lodestone://".Length..];
        await world.SeesAsync<NetworkID>(vni, i => i.Spec.ClaimRef!.Uid == network.Metadata.Uid, "the claim", ns: "");
        NetworkInterface nic = await world.InterfaceAsync("nic-a", ["10.0.0.1"]);

        await world.Client.DeleteAsync<Network>(network.Key, null, TestContext.Current.CancellationToken);
        await world.EventAsync("net", "NetworkInUse");
        Assert.NotNull(await world.FindAsync<Network>("net"));

        await world.Client.DeleteAsync<NetworkInterface>(nic.Key, null, TestContext.Current.CancellationToken);
        await world.GoneAsync<Network>("net");
        await world.GoneAsync<NetworkID>(vni, ns: "");
    }

    [Fact]
    public async Task Network_WantsAVniThatIsTaken_SaysWhoHasIt()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync("first");
        Network first = await world.SeesAsync<Network>("first", n => n.Status?.State == "Available", "the network");
        await world.CreateAsync(new Network
        {
            Metadata = new ObjectMeta { Namespace = "default", Name = "second" },
            Spec = new NetworkSpec { ProviderID = first.Spec!.ProviderID },
        });

        Network second = await world.SeesAsync<Network>("second", n => n.Status?.State == "Error", "the conflict");

        Assert.Contains("default/first", second.Status!.Conditions.Of("Ready")!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_LeaseLapses_IsNotReadyAndItsInterfacesDrainUntilItIsBack()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        await HostAsync("host-a", leaseSeconds: 3600);
        Lease lease = await HostAsync("host-b", leaseSeconds: 1);
        await world.InterfaceAsync("nic-a", ["10.0.0.1"], host: "host-a");
        await world.InterfaceAsync("nic-b", ["10.0.0.2"], host: "host-b");
        await world.LoadBalancerAsync("web");

        await world.SeesAsync<Host>("host-b", h => h.Status?.Conditions.Of("Ready") is { Status: "False", Reason: "LeaseExpired" }, "not Ready", ns: "");
        NetworkInterface away = await world.SeesAsync<NetworkInterface>(
            "nic-b", n => n.Status?.Conditions.Of("HostReady") is { Status: "False", Reason: "HostNotReady" }, "that its host is away");
        Assert.Equal("Available", away.Status!.State);
        LoadBalancerRouting drains = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 1 && r.Draining?.Count == 1, "one target, one that drains");
        Assert.Equal(("10.0.0.1", "10.0.0.2"), (drains.Destinations![0].Ip, drains.Draining![0].Ip));
        Assert.Null((await world.FindAsync<NetworkInterface>("nic-a"))!.Status!.Conditions.Of("HostReady"));

        await world.Client.UpdateAsync(
            lease,
            l =>
            {
                l.Spec!.LeaseDurationSeconds = 3600;
                l.Spec.RenewTime = TimeProvider.System.GetUtcNow();
            },
            TestContext.Current.CancellationToken);
        await world.SeesAsync<Host>("host-b", h => h.Status?.Conditions.IsTrue("Ready") == true, "Ready again", ns: "");
        await world.SeesAsync<NetworkInterface>("nic-b", n => n.Status?.Conditions.IsTrue("HostReady") == true, "the host is back");
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 2 && r.Draining is null, "both targets");

        Task<Lease> HostAsync(string name, int leaseSeconds) => RegisterAsync(world, name, leaseSeconds);
    }

    [Fact]
    public async Task Host_Dies_ItsTargetsTakeNoNewFlowsWithinThreeSeconds()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        Lease[] leases = [await RegisterAsync(world, "host-a", 2), await RegisterAsync(world, "host-b", 2)];
        await world.InterfaceAsync("nic-a", ["10.0.0.1"], host: "host-a");
        await world.InterfaceAsync("nic-b", ["10.0.0.2"], host: "host-b");
        await world.LoadBalancerAsync("web");

        // Both live, as their agents would say it; then one says no more.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task<TimeSpan> renewing = Task.Run(() => RenewAsync(leases[0], stop.Token));
        using (var death = CancellationTokenSource.CreateLinkedTokenSource(stop.Token))
        {
            Task<TimeSpan> dying = Task.Run(() => RenewAsync(leases[1], death.Token));
            await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 2, "both targets");
            await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
            await death.CancelAsync();
            await dying;
        }

        long died = TimeProvider.System.GetTimestamp();
        LoadBalancerRouting routing = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 1, "one target");
        TimeSpan took = TimeProvider.System.GetElapsedTime(died);
        await stop.CancelAsync();
        TimeSpan stall = await renewing;
        TestContext.Current.TestOutputHelper?.WriteLine($"{took.TotalMilliseconds:0} ms from the last renewal to the routing; longest stall of this machine {stall.TotalMilliseconds:0} ms");

        Assert.Equal("10.0.0.2", Assert.Single(routing.Draining!).Ip);
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(3) + (2 * stall));

        // The longest that a renewal came late.
        async Task<TimeSpan> RenewAsync(Lease lease, CancellationToken cancellationToken)
        {
            var interval = TimeSpan.FromMilliseconds(500);
            TimeSpan late = TimeSpan.Zero;
            try
            {
                while (true)
                {
                    long began = TimeProvider.System.GetTimestamp();
                    lease = (await world.Client.UpdateAsync(lease, l => l.Spec!.RenewTime = TimeProvider.System.GetUtcNow(), cancellationToken))!;
                    await Task.Delay(interval, cancellationToken);
                    TimeSpan over = TimeProvider.System.GetElapsedTime(began) - interval;
                    late = over > late ? over : late;
                }
            }
            catch (OperationCanceledException)
            {
                return late;
            }
        }
    }

    [Fact]
    public async Task Host_Drained_ItsInterfacesDrainUntilThatEnds()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        await RegisterAsync(world, "host-a", 3600);
        await RegisterAsync(world, "host-b", 3600);
        await world.InterfaceAsync("nic-a", ["10.0.0.1"], host: "host-a");
        await world.InterfaceAsync("nic-b", ["10.0.0.2"], host: "host-b");
        await world.LoadBalancerAsync("web");
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 2, "both targets");

        await SetDrainAsync(true);
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 1 && r.Draining?.Count == 1, "one target, one that drains");
        NetworkInterface drained = (await world.FindAsync<NetworkInterface>("nic-b"))!;
        Assert.Equal("HostDraining", drained.Status!.Conditions.Of("HostReady")!.Reason);

        // One that comes to a drained host takes no flow, either.
        await world.InterfaceAsync("nic-c", ["10.0.0.3"], host: "host-b");
        await world.SeesAsync<NetworkInterface>("nic-c", n => n.Status?.Conditions.Of("HostReady")?.Reason == "HostDraining", "the drain");
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 1, "one target");

        await SetDrainAsync(null);
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 3 && r.Draining is null, "all targets");

        async Task SetDrainAsync(bool? drain) => await world.Client.UpdateAsync(
            (await world.FindAsync<Host>("host-b", ns: ""))!, h => h.Spec.Drain = drain, TestContext.Current.CancellationToken);
    }

    /// <summary>A machine as its agent would register it.</summary>
    private static async Task<Lease> RegisterAsync(World world, string name, int leaseSeconds)
    {
        await world.SeesAsync<Namespace>(LeaseOptions.SystemNamespace, _ => true, "our namespace", ns: "");
        await world.CreateAsync(new Host { Metadata = new ObjectMeta { Name = name }, Spec = new HostSpec { Roles = ["Hypervisor"] } });
        return await world.CreateAsync(new Lease
        {
            Metadata = new ObjectMeta { Namespace = LeaseOptions.SystemNamespace, Name = name },
            Spec = new LeaseSpec { HolderIdentity = name, LeaseDurationSeconds = leaseSeconds, RenewTime = TimeProvider.System.GetUtcNow() },
        });
    }

    [Fact]
    public async Task Hosts_AllOutOfReach_NoInterfaceIsTouched()
    {
        await using World world = await World.StartAsync(new ControllerOptions { HostGrace = TimeSpan.FromMilliseconds(50), MassLossGrace = TimeSpan.FromMilliseconds(500) });
        await world.SeesAsync<Namespace>(LeaseOptions.SystemNamespace, _ => true, "our namespace", ns: "");
        foreach (string name in (string[])["host-a", "host-b"])
        {
            await world.CreateAsync(new Host { Metadata = new ObjectMeta { Name = name }, Spec = new HostSpec { Roles = ["Hypervisor"] } });
            await world.CreateAsync(new Lease
            {
                Metadata = new ObjectMeta { Namespace = LeaseOptions.SystemNamespace, Name = name },
                Spec = new LeaseSpec { HolderIdentity = name, LeaseDurationSeconds = 1, RenewTime = TimeProvider.System.GetUtcNow() },
            });
        }

        await world.NetworkAsync();
        await world.SeesAsync<Host>("host-a", h => h.Status?.Conditions.Of("Ready")?.Status == "False", "not Ready", ns: "");
        await world.SeesAsync<Host>("host-b", h => h.Status?.Conditions.Of("Ready")?.Status == "False", "not Ready", ns: "");

        // Only now: between the two lapses one host counts as ready, on a busy machine for longer than a grace.
        await world.InterfaceAsync("nic-a", ["10.0.0.1"]);

        // Several graces later, as the server's own versions tell: nothing was written to the interface.
        string? version = (await world.FindAsync<NetworkInterface>("nic-a"))!.Metadata.ResourceVersion;
        for (int i = 0; i < 5; i++)
        {
            await world.LoadBalancerAsync($"lb-{i}");
            await world.SeesAsync<LoadBalancer>($"lb-{i}", l => l.Status?.Targets == 1, "the target");
        }

        Assert.Equal(version, (await world.FindAsync<NetworkInterface>("nic-a"))!.Metadata.ResourceVersion);
    }

    [Fact]
    public async Task Owner_DeletedInForeground_GoesAfterWhatBlocksIt()
    {
        await using World world = await World.StartAsync();
        AddressPool owner = await world.PoolAsync("owner", "203.0.113.0/30");
        await world.CreateAsync(new AddressPool
        {
            Metadata = new ObjectMeta
            {
                Name = "dependent",
                Finalizers = ["example.com/hold"],
                OwnerReferences = [new OwnerReference { ApiVersion = "lodestone.dev/v1alpha1", Kind = "AddressPool", Name = "owner", Uid = owner.Metadata.Uid!, BlockOwnerDeletion = true }],
            },
            Spec = new AddressPoolSpec { Addresses = ["198.51.100.0/30"] },
        });

        await world.Client.DeleteAsync<AddressPool>(owner.Key, new DeleteOptions { Propagation = PropagationPolicy.Foreground }, TestContext.Current.CancellationToken);
        AddressPool dependent = await world.SeesAsync<AddressPool>("dependent", p => p.IsBeingDeleted, "the dependent's deletion", ns: "");
        Assert.NotNull(await world.FindAsync<AddressPool>("owner", ns: ""));

        await world.Client.UpdateAsync(dependent, p => p.Metadata.Finalizers!.Clear(), TestContext.Current.CancellationToken);
        await world.GoneAsync<AddressPool>("dependent", ns: "");
        await world.GoneAsync<AddressPool>("owner", ns: "");
    }

    [Fact]
    public async Task Owner_DeletedWithOrphans_LeavesThemWithoutOwner()
    {
        await using World world = await World.StartAsync();
        AddressPool owner = await world.PoolAsync("owner", "203.0.113.0/30");
        await world.CreateAsync(new AddressPool
        {
            Metadata = new ObjectMeta
            {
                Name = "dependent",
                OwnerReferences = [new OwnerReference { ApiVersion = "lodestone.dev/v1alpha1", Kind = "AddressPool", Name = "owner", Uid = owner.Metadata.Uid! }],
            },
            Spec = new AddressPoolSpec { Addresses = ["198.51.100.0/30"] },
        });
        await world.SeesAsync<AddressPool>("dependent", p => p.Status is not null, "seen by the controllers", ns: "");

        await world.Client.DeleteAsync<AddressPool>(owner.Key, new DeleteOptions { Propagation = PropagationPolicy.Orphan }, TestContext.Current.CancellationToken);

        await world.GoneAsync<AddressPool>("owner", ns: "");
        Assert.Null((await world.FindAsync<AddressPool>("dependent", ns: ""))!.Metadata.OwnerReferences);
    }
}
