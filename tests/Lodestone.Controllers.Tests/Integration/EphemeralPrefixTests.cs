using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Xunit;

namespace Lodestone.Controllers.Tests.Integration;

/// <summary>Addresses that load balancers and network interfaces take from Prefixes made for them.</summary>
public sealed class EphemeralPrefixTests
{
    private const string Managed = "common.ironcore.dev/ephemeral-managed-by";

    [Fact]
    public async Task InternalLoadBalancer_EphemeralSource_GetsTheAddressOfItsPrefix()
    {
        await using World world = await World.StartAsync();
        await InternalAsync(world, "db");
        await world.SeesAsync<LoadBalancer>("db", l => Reason(l) == "NetworkNotFound", "that the network is missing");
        Network network = await world.NetworkAsync();
        LoadBalancer waiting = await world.SeesAsync<LoadBalancer>("db", l => Reason(l) == "PrefixPending", "that the parent is missing");
        await world.PrefixAsync("pool", p => p.Spec.Prefix = "10.0.0.0/24");

        LoadBalancer lb = await world.SeesAsync<LoadBalancer>("db", l => l.Status?.Ips?.Count == 1, "the address");
        Prefix prefix = (await world.FindAsync<Prefix>("db-0"))!;
        IPAddress held = Assert.Single(await world.Client.ListAsync<IPAddress>(new Lodestone.Client.Http.ListOptions(), TestContext.Current.CancellationToken));

        Assert.Contains("db-0", waiting.Status!.Conditions.Of("AddressesAllocated")!.Message, StringComparison.Ordinal);
        Assert.Equal(["10.0.0.0"], lb.Status!.Ips);
        Assert.Equal("10.0.0.0/32", prefix.Spec.Prefix);
        Assert.Equal("ephemeral-manager", prefix.Metadata.Annotations![Managed]);
        Assert.Equal((lb.Metadata.Uid, true), (prefix.Metadata.Controller!.Uid, prefix.Metadata.Controller.BlockOwnerDeletion));
        Assert.Equal((lb.Metadata.Uid, network.Metadata.Uid), (held.Spec.ClaimRef!.Uid, held.Spec.NetworkRef!.Uid));
    }

    [Fact]
    public async Task LoadBalancer_Deleted_ItsPrefixAndPartGoToo()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        await world.PrefixAsync("pool", p => p.Spec.Prefix = "10.0.0.0/24");
        await InternalAsync(world, "db");
        await world.SeesAsync<LoadBalancer>("db", l => l.Status?.Ips?.Count == 1, "the address");

        await world.Client.DeleteAsync<LoadBalancer>(new ObjectKey("default", "db"), null, TestContext.Current.CancellationToken);

        await world.GoneAsync<Prefix>("db-0");
        await world.SeesAsync<Prefix>("pool", p => p.Status?.Used is null, "nothing in use");
        await InternalAsync(world, "db");
        LoadBalancer again = await world.SeesAsync<LoadBalancer>("db", l => l.Status?.Ips?.Count == 1, "the address again, after it rested");
        Assert.Equal(["10.0.0.0"], again.Status!.Ips);
    }

    [Fact]
    public async Task TemplateChanges_PrefixIsMadeAnew()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        await world.PrefixAsync("pool", p => p.Spec.Prefix = "10.0.0.0/24");
        await world.PrefixAsync("other", p => p.Spec.Prefix = "10.7.0.0/24");
        LoadBalancer lb = await InternalAsync(world, "db");
        await world.SeesAsync<LoadBalancer>("db", l => l.Status?.Ips?.Count == 1, "the address");
        Prefix first = (await world.FindAsync<Prefix>("db-0"))!;

        lb = (await world.Client.UpdateAsync(lb, l => l.Spec.Ips![0].Ephemeral!.PrefixTemplate!.Metadata = new ObjectMeta { Labels = new Dictionary<string, string> { ["team"] = "x" } }, TestContext.Current.CancellationToken))!;
        Prefix labelled = await world.SeesAsync<Prefix>("db-0", p => p.Metadata.Labels?["team"] == "x", "the label");
        await world.Client.UpdateAsync(lb, l => l.Spec.Ips![0].Ephemeral!.PrefixTemplate!.Spec!.ParentRef!.Name = "other", TestContext.Current.CancellationToken);

        await world.SeesAsync<LoadBalancer>("db", l => l.Status?.Ips is ["10.7.0.0"], "an address of the other parent");
        Assert.Equal(first.Metadata.Uid, labelled.Metadata.Uid);
        await world.EventAsync("db", "PrefixReplaced");
        await world.SeesAsync<Prefix>("pool", p => p.Status?.Used is null, "the old address given back");
    }

    [Fact]
    public async Task Interface_EphemeralSources_PrefixesComeAndGoWithTheSpec()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        await world.PrefixAsync("pool", p => p.Spec.Prefix = "10.0.0.0/24");
        NetworkInterface nic = await InterfaceAsync(world, "nic");

        await world.SeesAsync<NetworkInterface>("nic", n => n.Status?.Conditions.Of("PrefixesAllocated")?.Status == "True", "both Prefixes");
        Assert.EndsWith("/28", (await world.FindAsync<Prefix>("nic-pf-0"))!.Spec.Prefix, StringComparison.Ordinal);
        Assert.Equal("ephemeral-manager", (await world.FindAsync<Prefix>("nic-pf-0"))!.Metadata.Annotations![Managed]);
        await world.PrefixAsync("nic-7", p => p.Spec.Prefix = "10.7.0.0/24");
        await world.Client.UpdateAsync(nic, n => n.Spec.Prefixes = null, TestContext.Current.CancellationToken);

        await world.GoneAsync<Prefix>("nic-pf-0");
        Assert.NotNull(await world.FindAsync<Prefix>("nic-0"));
        Assert.NotNull(await world.FindAsync<Prefix>("nic-7"));
    }

    [Fact]
    public async Task LoadBalancerAndInterfaceOfOneName_TheSecondIsToldWhomToRename()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        await world.PrefixAsync("pool", p => p.Spec.Prefix = "10.0.0.0/24");
        await InternalAsync(world, "a");
        await world.SeesAsync<LoadBalancer>("a", l => l.Status?.Ips?.Count == 1, "the address");
        await InterfaceAsync(world, "a");

        const string Advice = "name one of LoadBalancer a and NetworkInterface a differently";
        NetworkInterface refused = await world.SeesAsync<NetworkInterface>("a", n => n.Status?.Conditions.Of("PrefixesAllocated")?.Reason == "PrefixNotOwned", "the refusal");
        Assert.Contains(Advice, refused.Status!.Conditions.Of("PrefixesAllocated")!.Message, StringComparison.Ordinal);
        Assert.Contains(Advice, (await world.EventAsync("a", "PrefixNotAdopted")).Message, StringComparison.Ordinal);

        // Level-triggered: the name becomes free, and the one that waited has it.
        await world.Client.DeleteAsync<LoadBalancer>(new ObjectKey("default", "a"), null, TestContext.Current.CancellationToken);
        await world.SeesAsync<NetworkInterface>("a", n => n.Status?.Conditions.Of("PrefixesAllocated")?.Status == "True", "its own Prefix");
    }

    [Fact]
    public async Task PrefixOfThatNameMadeByAUser_IsNotTakenOver()
    {
        await using World world = await World.StartAsync();
        await world.NetworkAsync();
        await world.PrefixAsync("pool", p => p.Spec.Prefix = "10.0.0.0/24");
        Prefix users = await world.PrefixAsync("db-0", p => p.Spec.Prefix = "10.9.0.0/32");
        await InternalAsync(world, "db");

        LoadBalancer lb = await world.SeesAsync<LoadBalancer>("db", l => Reason(l) == "PrefixNotOwned", "the refusal");
        await world.EventAsync("db", "PrefixNotAdopted");
        Assert.Contains("Prefix db-0 was not made for LoadBalancer db", lb.Status!.Conditions.Of("AddressesAllocated")!.Message, StringComparison.Ordinal);
        Assert.Null((await world.FindAsync<Prefix>("db-0"))!.Metadata.OwnerReferences);

        await world.Client.DeleteAsync<Prefix>(users.Key, null, TestContext.Current.CancellationToken);
        await world.SeesAsync<LoadBalancer>("db", l => l.Status?.Ips is ["10.0.0.0"], "an address of its own");
    }

    private static string? Reason(LoadBalancer lb) => lb.Status?.Conditions.Of("AddressesAllocated")?.Reason;

    private static Task<LoadBalancer> InternalAsync(World world, string name) => world.LoadBalancerAsync(name, l =>
    {
        l.Spec.Type = "Internal";
        l.Spec.IpFamilies = ["IPv4"];
        l.Spec.Ips = [new IpSource { Ephemeral = Source(32) }];
    });

    private static Task<NetworkInterface> InterfaceAsync(World world, string name) => world.CreateAsync(new NetworkInterface
    {
        Metadata = new ObjectMeta { Namespace = "default", Name = name },
        Spec = new NetworkInterfaceSpec
        {
            NetworkRef = new LocalObjectReference { Name = "net" },
            IpFamilies = ["IPv4"],
            Ips = [new IpSource { Ephemeral = Source(32) }],
            Prefixes = [new PrefixSource { Ephemeral = Source(28) }],
        },
    });

    private static EphemeralPrefixSource Source(int length) => new()
    {
        PrefixTemplate = new PrefixTemplate { Spec = new PrefixSpec { IpFamily = "IPv4", PrefixLength = length, ParentRef = new LocalObjectReference { Name = "pool" } } },
    };
}
