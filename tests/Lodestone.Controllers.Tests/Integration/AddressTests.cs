using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Resources;
using Xunit;

namespace Lodestone.Controllers.Tests.Integration;

/// <summary>How load balancers come to their addresses, keep them and give them back.</summary>
public sealed class AddressTests
{
    [Fact]
    public async Task Pools_PriorityAndSelectors_DecideWhereAnAddressComesFrom()
    {
        await using World world = await World.StartAsync();
        await world.PoolAsync("common", "198.51.100.1-198.51.100.9");
        await world.CreateAsync(Pool("first", "203.0.113.1-203.0.113.9", p => (p.Priority, p.LoadBalancerSelector) = (10, Labels("tier", "gold"))));
        await world.CreateAsync(Pool("inner", "192.0.2.1-192.0.2.9", p => (p.Priority, p.NamespaceSelector) = (20, Labels("zone", "inner"))));
        await world.SeesAsync<AddressPool>("inner", p => p.Status is not null, "seen by the controllers", ns: "");

        LoadBalancer plain = await PublicAsync(world, "plain");
        LoadBalancer gold = await PublicAsync(world, "gold", l => l.Metadata.Labels = new() { ["tier"] = "gold" });
        await world.Client.UpdateAsync((await world.FindAsync<Namespace>("default", ns: ""))!, n => n.Metadata.Labels = new() { ["zone"] = "inner" }, Token);
        await world.SeesAsync<Namespace>("default", n => n.Metadata.Labels?.ContainsKey("zone") == true, "the label", ns: "");
        LoadBalancer inner = await EventuallyFromAsync(world, "inner", "192.0.2.");

        Assert.StartsWith("198.51.100.", plain.Status!.Ips![0], StringComparison.Ordinal);
        Assert.StartsWith("203.0.113.", gold.Status!.Ips![0], StringComparison.Ordinal);
        Assert.Equal("inner", (await world.FindAsync<IPAddress>(inner.Status!.Ips![0], ns: ""))!.Spec.PoolRef!.Name);

        // Nobody moves: what a load balancer has, it keeps.
        Assert.Equal(plain.Status.Ips, (await world.FindAsync<LoadBalancer>("plain"))!.Status!.Ips);
    }

    [Fact]
    public async Task Pool_NetworkAndBroadcastIncluded_GivesOutAllOfThePrefix()
    {
        await using World world = await World.StartAsync();
        await world.CreateAsync(Pool("routed", "203.0.113.0/30", p => p.IncludeNetworkAndBroadcast = true));
        for (int i = 0; i < 4; i++)
        {
            await PublicAsync(world, $"lb-{i}");
        }

        List<IPAddress> all = await world.SeesAllAsync<IPAddress>(a => a.Count == 4, "four addresses");
        Assert.Equal(["203.0.113.0", "203.0.113.1", "203.0.113.2", "203.0.113.3"], all.Select(a => a.Metadata.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("::/0", "IPv6")]
    [InlineData("8000::/1", "IPv6")]
    [InlineData("128.0.0.0/1", "IPv4")]
    public async Task Pool_HalfOrAllThereIs_ServesAndCounts(string prefix, string family)
    {
        await using World world = await World.StartAsync();
        await world.PoolAsync("huge", prefix);

        LoadBalancer lb = await PublicAsync(world, "web", l => l.Spec.IpFamilies = [family]);

        Assert.Single(lb.Status!.Ips!);
        await world.SeesAsync<AddressPool>("huge", p => (p.Status?.Ipv4 ?? p.Status?.Ipv6) is { Used: "1" }, "one used", ns: "");
    }

    [Fact]
    public async Task Controllers_Restarted_AddressStaysThoughPoolAndSelectorChangedMeanwhile()
    {
        await using World world = await World.StartAsync();
        AddressPool pool = await world.PoolAsync("public", "203.0.113.1-203.0.113.9");
        LoadBalancer lb = await PublicAsync(world, "web");
        await world.StopControllersAsync();
        await world.Client.UpdateAsync(
            pool,
            p =>
            {
                p.Spec.Addresses = ["198.51.100.1-198.51.100.9"];
                p.Spec.LoadBalancerSelector = Labels("tier", "gold");
            },
            Token);

        world.StartControllers();

        await world.SeesAsync<AddressPool>("public", p => p.Status?.InUseOutside?.Addresses?[0] == lb.Status!.Ips![0], "what is used outside", ns: "");
        Assert.Equal(lb.Status!.Ips, (await world.FindAsync<LoadBalancer>("web"))!.Status!.Ips);
        Assert.Single(await world.Client.ListAsync<IPAddress>(new Client.Http.ListOptions(), Token));
    }

    [Fact]
    public async Task Controllers_RestartedInAnUnchangedWorld_WriteNothing()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        await world.PoolAsync("public", "203.0.113.1", "2001:db8::/64");
        await PublicAsync(world, "web", l => l.Spec.IpFamilies = ["IPv4", "IPv6"]);
        await world.LoadBalancerAsync("late", l => l.Spec.IpFamilies = ["IPv4"]);
        await world.SeesAsync<LoadBalancer>("late", l => l.Status?.Conditions.Of("AddressesAllocated")?.Reason == "PoolExhausted", "waiting");
        await world.SeesAsync<LoadBalancer>("late", l => l.Status?.Conditions?.Count == 5 && l.Status.Conditions.IsTrue("NetworkReady"), "all conditions");
        await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Conditions?.Count == 5 && l.Status.Conditions.IsTrue("NetworkReady"), "all conditions");
        await world.SeesAsync<AddressPool>("public", p => p.Status is { Ipv4.Used: "1", Ipv6.Used: "1" }, "the usage", ns: "");
        await world.StopControllersAsync();
        string?[] before = await VersionsAsync(world);

        world.StartControllers();

        // Served by the restarted controllers after they have looked at all there was.
        await world.LoadBalancerAsync("internal", l =>
        {
            l.Spec.Type = "Internal";
            l.Spec.IpFamilies = ["IPv4"];
            l.Spec.Ips = [new IpSource { Value = "10.0.0.100" }];
        });
        await world.SeesAsync<LoadBalancer>("internal", l => l.Status?.Ips is ["10.0.0.100"], "its address");
        Assert.Equal(before, await VersionsAsync(world));
    }

    // What a crash between taking an address and publishing it leaves behind.
    [Fact]
    public async Task Controllers_CrashedAfterTakingAnAddress_TheSameOneIsServed()
    {
        await using World world = await World.StartAsync();
        await world.PoolAsync("public", "203.0.113.1-203.0.113.200");
        await world.SeesAsync<AddressPool>("public", p => p.Status is not null, "seen by the controllers", ns: "");
        await world.StopControllersAsync();
        LoadBalancer lb = await world.LoadBalancerAsync("web", l => l.Spec.IpFamilies = ["IPv4"]);
        await world.CreateAsync(new IPAddress
        {
            Metadata = new ObjectMeta { Name = "203.0.113.77" },
            Spec = new IPAddressSpec { Ip = "203.0.113.77", PoolRef = new LocalObjectReference { Name = "public" }, ClaimRef = ClaimOf(lb) },
        });

        world.StartControllers();

        await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Ips is ["203.0.113.77"], "the address that was taken");
        Assert.Single(await world.Client.ListAsync<IPAddress>(new Client.Http.ListOptions(), Token));
    }

    [Fact]
    public async Task IPAddress_DeletedByHand_ComesBackWhileItsPoolHoldsItElseAnotherIsTaken()
    {
        await using World world = await World.StartAsync();
        AddressPool pool = await world.PoolAsync("public", "203.0.113.1-203.0.113.200");
        LoadBalancer lb = await PublicAsync(world, "web");
        string ip = lb.Status!.Ips![0];
        IPAddress first = (await world.FindAsync<IPAddress>(ip, ns: ""))!;

        await world.Client.DeleteAsync<IPAddress>(first.Key, null, Token);
        await world.SeesAsync<IPAddress>(ip, a => a.Metadata.Uid != first.Metadata.Uid && a.Spec.ClaimRef?.Uid == lb.Metadata.Uid, "the same address, taken again", ns: "");
        Assert.Equal([ip], (await world.FindAsync<LoadBalancer>("web"))!.Status!.Ips!);

        await world.Client.UpdateAsync(pool, p => p.Spec.Addresses = ["198.51.100.1-198.51.100.9"], Token);
        await world.SeesAsync<AddressPool>("public", p => p.Status?.InUseOutside?.Count == 1, "what is used outside", ns: "");
        await world.Client.DeleteAsync<IPAddress>(first.Key, null, Token);
        await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Ips?.Count == 1 && l.Status.Ips[0].StartsWith("198.51.100.", StringComparison.Ordinal), "an address of today's pool");
    }

    [Fact]
    public async Task IPAddress_WithoutClaim_ReservesItsAddressUntilItIsDeleted()
    {
        await using World world = await World.StartAsync();
        await world.CreateAsync(new IPAddress { Metadata = new ObjectMeta { Name = "203.0.113.1" }, Spec = new IPAddressSpec { Ip = "203.0.113.1" } });
        await world.PoolAsync("public", "203.0.113.1-203.0.113.2");
        LoadBalancer lb = await PublicAsync(world, "web");
        await world.LoadBalancerAsync("late", l => l.Spec.IpFamilies = ["IPv4"]);
        await world.SeesAsync<LoadBalancer>("late", l => l.Status?.Conditions.Of("AddressesAllocated")?.Reason == "PoolExhausted", "waiting");

        await world.Client.DeleteAsync<IPAddress>(new ObjectKey("", "203.0.113.1"), null, Token);

        Assert.Equal(["203.0.113.2"], lb.Status!.Ips!);
        await world.SeesAsync<LoadBalancer>("late", l => l.Status?.Ips is ["203.0.113.1"], "the address");
    }

    [Fact]
    public async Task LoadBalancer_FamilyAdded_FirstAddressStays()
    {
        await using World world = await World.StartAsync();
        await world.PoolAsync("public", "203.0.113.0/28", "2001:db8::/64");
        LoadBalancer lb = await PublicAsync(world, "web");

        await world.Client.UpdateAsync(lb, l => l.Spec.IpFamilies = ["IPv6", "IPv4"], Token);

        LoadBalancer both = await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Ips?.Count == 2, "both");
        Assert.Equal(lb.Status!.Ips![0], both.Status!.Ips![1]);
    }

    [Fact]
    public async Task LoadBalancer_FamilyBackDuringQuarantine_HasItsAddressAgain()
    {
        await using World world = await World.StartAsync(new ControllerOptions { AddressQuarantine = TimeSpan.FromMinutes(10) });
        await world.PoolAsync("public", "203.0.113.0/24", "2001:db8::/64");
        LoadBalancer lb = await PublicAsync(world, "web", l => l.Spec.IpFamilies = ["IPv4", "IPv6"]);
        string ip = lb.Status!.Ips![0];
        await world.Client.UpdateAsync(lb, l => l.Spec.IpFamilies = ["IPv6"], Token);
        await world.SeesAsync<IPAddress>(ip, a => a.Status?.ReleasedAt is not null, "the release", ns: "");

        await world.Client.UpdateAsync((await world.FindAsync<LoadBalancer>("web"))!, l => l.Spec.IpFamilies = ["IPv4", "IPv6"], Token);

        await world.SeesAsync<LoadBalancer>("web", l => l.Status!.Ips!.SequenceEqual(lb.Status.Ips), "the same addresses");
        await world.SeesAsync<IPAddress>(ip, a => a.Status?.ReleasedAt is null, "taken back", ns: "");
    }

    [Fact]
    public async Task IPAddress_ReleasedByAClockAheadOfOurs_GoesAfterTheQuarantine()
    {
        await using World world = await World.StartAsync();
        LoadBalancer lb = await world.LoadBalancerAsync("gone");
        await world.Client.DeleteAsync<LoadBalancer>(lb.Key, null, Token);
        await world.StopControllersAsync();
        IPAddress address = await world.CreateAsync(new IPAddress
        {
            Metadata = new ObjectMeta { Name = "203.0.113.7" },
            Spec = new IPAddressSpec { Ip = "203.0.113.7", ClaimRef = ClaimOf(lb) },
        });
        await world.Client.UpdateStatusAsync(address, a => a.Status = new IPAddressStatus { ReleasedAt = TimeProvider.System.GetUtcNow().AddDays(1) }, Token);

        world.StartControllers();

        await world.GoneAsync<IPAddress>("203.0.113.7", ns: "");
    }

    [Fact]
    public async Task LoadBalancers_WaitingForAddresses_AreServedInOrderOfCreation()
    {
        await using World world = await World.StartAsync();
        AddressPool pool = await world.PoolAsync("small", "203.0.113.1");
        await PublicAsync(world, "holder");
        List<LoadBalancer> waiting = [];
        for (int i = 0; i < 5; i++)
        {
            waiting.Add(await world.LoadBalancerAsync($"lb-{i}", l => l.Spec.IpFamilies = ["IPv4"]));
            await world.SeesAsync<LoadBalancer>($"lb-{i}", l => l.Status?.Conditions.Of("AddressesAllocated")?.Reason == "PoolExhausted", "waiting");
        }

        // A creation time has whole seconds; UIDs decide within one.
        string[] order = [.. waiting.OrderBy(l => l.Metadata.CreationTimestamp).ThenBy(l => l.Metadata.Uid, StringComparer.Ordinal).Select(l => l.Metadata.Name!)];
        string last = "holder";
        foreach (string next in order[..2])
        {
            await world.Client.DeleteAsync<LoadBalancer>(new ObjectKey("default", last), null, Token);
            await world.SeesAsync<LoadBalancer>(next, l => l.Status?.Ips?.Count == 1, "its turn");
            last = next;
        }

        await world.Client.UpdateAsync(pool, p => p.Spec.Addresses = ["203.0.113.1-203.0.113.3"], Token);
        await world.SeesAsync<LoadBalancer>(order[2], l => l.Status?.Ips?.Count == 1, "its turn");
        await world.SeesAsync<LoadBalancer>(order[3], l => l.Status?.Ips?.Count == 1, "its turn");
        LoadBalancer unserved = await world.SeesAsync<LoadBalancer>(
            order[4], l => l.Status?.Conditions.Of("AddressesAllocated")?.Message.Contains("small (3 of 3 in use)", StringComparison.Ordinal) == true, "what is true now");
        Assert.Null(unserved.Status!.Ips);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static async Task<LoadBalancer> PublicAsync(World world, string name, Action<LoadBalancer>? change = null)
    {
        await world.LoadBalancerAsync(name, l =>
        {
            l.Spec.IpFamilies = ["IPv4"];
            change?.Invoke(l);
        });
        return await world.SeesAsync<LoadBalancer>(name, l => l.Status?.Conditions.Of("AddressesAllocated")?.Status == "True", "its addresses");
    }

    /// <summary>Makes load balancers until one gets an address of a prefix: when the controllers have seen a change, nothing tells.</summary>
    private static async Task<LoadBalancer> EventuallyFromAsync(World world, string name, string prefix)
    {
        for (int i = 0; i < 8; i++)
        {
            LoadBalancer lb = await PublicAsync(world, $"{name}-{i}");
            if (lb.Status!.Ips![0].StartsWith(prefix, StringComparison.Ordinal))
            {
                return lb;
            }
        }

        throw new Xunit.Sdk.XunitException($"no address from {prefix}");
    }

    private static async Task<string?[]> VersionsAsync(World world) =>
    [
        (await world.FindAsync<LoadBalancer>("web"))!.Metadata.ResourceVersion,
        (await world.FindAsync<LoadBalancer>("late"))!.Metadata.ResourceVersion,
        (await world.FindAsync<AddressPool>("public", ns: ""))!.Metadata.ResourceVersion,
        .. (await world.Client.ListAsync<IPAddress>(new Client.Http.ListOptions(), Token)).Where(a => a.Spec.NetworkRef is null).Select(a => a.Metadata.ResourceVersion),
    ];

    private static AddressPool Pool(string name, string addresses, Action<AddressPoolSpec> change)
    {
        var pool = new AddressPool { Metadata = new ObjectMeta { Name = name }, Spec = new AddressPoolSpec { Addresses = [addresses] } };
        change(pool.Spec);
        return pool;
    }

    private static LabelSelector Labels(string key, string value) => new() { MatchLabels = new() { [key] = value } };

    private static ClaimRef ClaimOf(LoadBalancer lb) => new()
    {
        Group = ResourceDefinitions.NetworkingGroup,
        Resource = "loadbalancers",
        Namespace = lb.Metadata.Namespace,
        Name = lb.Metadata.Name!,
        Uid = lb.Metadata.Uid!,
    };
}
