using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Controllers.Addresses;
using Xunit;

namespace Lodestone.Controllers.Tests.Integration;

/// <summary>What pools say of themselves, and that they never take an address away.</summary>
public sealed class PoolTests
{
    [Fact]
    public async Task Pool_ShrinksBelowWhatIsUsed_AddressesStayAndItSaysWhich()
    {
        await using World world = await World.StartAsync();
        AddressPool pool = await world.PoolAsync("public", "203.0.113.1-203.0.113.9");
        LoadBalancer lb = await LoadBalancerAsync(world, "web");
        string ip = lb.Status!.Ips![0];

        await world.Client.UpdateAsync(pool, p => p.Spec.Addresses = ["198.51.100.1-198.51.100.2"], Token);

        AddressPool shrunk = await world.SeesAsync<AddressPool>("public", p => p.Status?.InUseOutside is { Count: 1 }, "what is used outside", ns: "");
        Assert.Equal([ip], shrunk.Status!.InUseOutside!.Addresses!);
        Assert.Equal(("2", "0", "2"), (shrunk.Status.Ipv4!.Total, shrunk.Status.Ipv4.Used, shrunk.Status.Ipv4.Free));
        Assert.Contains($"{ip} (loadbalancers default/web)", shrunk.Status.Conditions.Of("InUseOutside")!.Message, StringComparison.Ordinal);
        Assert.Equal("True", shrunk.Status.Conditions.Of("InUseOutside")!.Status);
        await world.EventAsync("public", "InUse");
        Assert.Equal([ip], (await world.FindAsync<LoadBalancer>("web"))!.Status!.Ips!);
        Assert.StartsWith("198.51.100.", (await LoadBalancerAsync(world, "next")).Status!.Ips![0], StringComparison.Ordinal);

        await world.Client.DeleteAsync<LoadBalancer>(lb.Key, null, Token);
        await world.SeesAsync<AddressPool>("public", p => p.Status!.InUseOutside is null && !p.Status.Conditions.IsTrue("InUseOutside"), "nothing outside", ns: "");
    }

    [Fact]
    public async Task Pool_DeletedWhileInUse_GivesOutNoMoreAndGoesWithItsLastAddress()
    {
        await using World world = await World.StartAsync();
        AddressPool pool = await world.PoolAsync("public", "203.0.113.1-203.0.113.9");
        LoadBalancer lb = await LoadBalancerAsync(world, "web");

        await world.Client.DeleteAsync<AddressPool>(pool.Key, null, Token);

        AddressPool waiting = await world.SeesAsync<AddressPool>("public", p => p.Status?.Conditions.Of("Ready")?.Reason == "InUse", "why it waits", ns: "");
        Assert.Contains($"{lb.Status!.Ips![0]} (loadbalancers default/web)", waiting.Status!.Conditions.Of("Ready")!.Message, StringComparison.Ordinal);
        Assert.Equal([PoolController.ProtectionFinalizer], waiting.Metadata.Finalizers!);
        await world.EventAsync("public", "InUse");
        await world.LoadBalancerAsync("late", l => l.Spec.IpFamilies = ["IPv4"]);
        await world.SeesAsync<LoadBalancer>("late", l => l.Status?.Conditions.Of("AddressesAllocated")?.Reason == "NoPool", "no pool");
        Assert.Equal(lb.Status.Ips, (await world.FindAsync<LoadBalancer>("web"))!.Status!.Ips);

        await world.Client.DeleteAsync<LoadBalancer>(lb.Key, null, Token);
        await world.GoneAsync<AddressPool>("public", ns: "");
    }

    [Fact]
    public async Task Pool_DeletedWhenAnotherHoldsItsAddresses_GoesAtOnce()
    {
        await using World world = await World.StartAsync();
        AddressPool pool = await world.PoolAsync("old", "203.0.113.1-203.0.113.9");
        LoadBalancer lb = await LoadBalancerAsync(world, "web");
        await world.Client.DeleteAsync<AddressPool>(pool.Key, null, Token);
        await world.SeesAsync<AddressPool>("old", p => p.Status?.Conditions.Of("Ready")?.Reason == "InUse", "why it waits", ns: "");

        await world.PoolAsync("new", "203.0.113.0/24");

        await world.GoneAsync<AddressPool>("old", ns: "");
        await world.SeesAsync<AddressPool>("new", p => p.Status?.Ipv4?.Used == "1", "the address that is in it", ns: "");
        Assert.Equal(lb.Status!.Ips, (await world.FindAsync<LoadBalancer>("web"))!.Status!.Ips);
    }

    [Fact]
    public async Task Pool_Exhausted_SaysSoUntilItGrows()
    {
        await using World world = await World.StartAsync();
        AddressPool pool = await world.PoolAsync("small", "203.0.113.1", "2001:db8::/64");
        await world.SeesAsync<AddressPool>("small", p => p.Status?.Conditions.IsTrue("AddressesAvailable") == true, "free addresses", ns: "");
        await LoadBalancerAsync(world, "web");

        AddressPool full = await world.SeesAsync<AddressPool>("small", p => p.Status?.Conditions.Of("AddressesAvailable")?.Reason == "PoolExhausted", "exhaustion", ns: "");
        Assert.Contains("all 1 IPv4 addresses are in use", full.Status!.Conditions.Of("AddressesAvailable")!.Message, StringComparison.Ordinal);
        await world.EventAsync("small", "PoolExhausted");
        await world.LoadBalancerAsync("late", l => l.Spec.IpFamilies = ["IPv4"]);
        await world.SeesAsync<LoadBalancer>("late", l => l.Status?.Conditions.Of("AddressesAllocated")?.Reason == "PoolExhausted", "waiting");

        await world.Client.UpdateAsync(pool, p => p.Spec.Addresses!.Add("198.51.100.0/30"), Token);

        await world.SeesAsync<LoadBalancer>("late", l => l.Status?.Ips?.Count == 1, "an address");
        await world.SeesAsync<AddressPool>("small", p => p.Status?.Conditions.IsTrue("AddressesAvailable") == true && p.Status!.Ipv4 is { Total: "3", Used: "2", Free: "1" }, "free addresses", ns: "");
    }

    [Fact]
    public async Task Pool_AllExcluded_SaysThatItHasNone()
    {
        await using World world = await World.StartAsync();
        await world.CreateAsync(new AddressPool
        {
            Metadata = new ObjectMeta { Name = "empty" },
            Spec = new AddressPoolSpec { Addresses = ["203.0.113.0/28"], ExcludedAddresses = ["203.0.113.0/24"] },
        });

        await world.SeesAsync<AddressPool>("empty", p => p.Status?.Conditions.Of("AddressesAvailable") is { Status: "False", Reason: "NoAddresses" }, "that it has none", ns: "");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static async Task<LoadBalancer> LoadBalancerAsync(World world, string name)
    {
        await world.LoadBalancerAsync(name, l => l.Spec.IpFamilies = ["IPv4"]);
        return await world.SeesAsync<LoadBalancer>(name, l => l.Status?.Ips?.Count == 1, "its address");
    }
}
