using Lodestone.Api.BuiltIn;
using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Events;
using Lodestone.Controllers.Addresses;
using Lodestone.Controllers.Tests.Addresses;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Lodestone.Controllers.Tests.Integration;

/// <summary>An address controller whose caches are behind what another, that leads now, has written.</summary>
public sealed class StaleCacheTests
{
    private readonly FakeLister<LoadBalancer> _loadBalancers = new();
    private readonly FakeLister<IPAddress> _addresses = new FakeLister<IPAddress>().WithIndex(Indexes.Claimer, Indexes.ByClaimer);

    [Fact]
    public async Task Reconcile_AnotherPublishedAnAddressMeanwhile_ItStaysAndOursIsGivenBack()
    {
        await using World world = await World.StartAsync();
        await world.StopControllersAsync();
        LoadBalancer created = await world.LoadBalancerAsync("web", l => l.Spec.IpFamilies = ["IPv4"]);
        IPAddress theirs = await world.CreateAsync(AddressClaims.Build(created, System.Net.IPAddress.Parse("203.0.113.9"), "public", null));
        LoadBalancer published = (await world.Client.UpdateStatusAsync(created, l => l.Status = new LoadBalancerStatus { Ips = ["203.0.113.9"] }, Token))!;
        AddressController controller = Controller(world);
        _loadBalancers.Set(created);

        Assert.NotNull((await controller.ReconcileAsync(created.Key, Token)).After);

        Assert.Equal(["203.0.113.9"], (await world.FindAsync<LoadBalancer>("web"))!.Status!.Ips!);
        Assert.Null((await world.FindAsync<IPAddress>("203.0.113.9", ns: ""))!.Status?.ReleasedAt);
        IPAddress ours = (await world.FindAsync<IPAddress>("203.0.113.1", ns: ""))!;

        _loadBalancers.Set(published);
        _addresses.Set(ours);
        await controller.ReconcileAsync(created.Key, Token);

        // Theirs is not in the cache even now: it is read.
        Assert.Equal(["203.0.113.9"], (await world.FindAsync<LoadBalancer>("web"))!.Status!.Ips!);
        Assert.NotNull((await world.FindAsync<IPAddress>("203.0.113.1", ns: ""))!.Status?.ReleasedAt);
        Assert.Equal(theirs.Metadata.ResourceVersion, (await world.FindAsync<IPAddress>("203.0.113.9", ns: ""))!.Metadata.ResourceVersion);
    }

    // What a create whose answer was lost leaves behind: the object is there, and no cache shows it yet.
    [Fact]
    public async Task Reconcile_AddressTakenButInNoCache_IsFoundAgain()
    {
        await using World world = await World.StartAsync();
        await world.StopControllersAsync();
        LoadBalancer lb = await world.LoadBalancerAsync("web", l => l.Spec.IpFamilies = ["IPv4"]);
        await world.CreateAsync(AddressClaims.Build(lb, System.Net.IPAddress.Parse("203.0.113.1"), "public", null));
        _loadBalancers.Set(lb);

        await Controller(world).ReconcileAsync(lb.Key, Token);

        Assert.Equal(["203.0.113.1"], (await world.FindAsync<LoadBalancer>("web"))!.Status!.Ips!);
        Assert.Single(await world.Client.ListAsync<IPAddress>(new Client.Http.ListOptions(), Token));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private AddressController Controller(World world)
    {
        var pools = new FakeLister<AddressPool>();
        pools.Set(new AddressPool { Metadata = new ObjectMeta { Name = "public" }, Spec = new AddressPoolSpec { Addresses = ["203.0.113.1"] } });
        var index = new AddressIndex(TimeProvider.System);
        var queue = new AddressQueue();
        var claims = new AddressClaims(world.Client);
        return new AddressController(
            _loadBalancers,
            _addresses,
            new FakeLister<Network>(),
            new FakeLister<NetworkInterface>(),
            new FakeLister<Prefix>(),
            new PublicAllocator(pools, _addresses, new FakeLister<Namespace>(), index, queue, claims),
            claims,
            queue,
            () => { },
            world.Client,
            new EventRecorder(world.Client, "test", "test", NullLogger.Instance, TimeProvider.System),
            new ControllerOptions(),
            TimeProvider.System);
    }
}
