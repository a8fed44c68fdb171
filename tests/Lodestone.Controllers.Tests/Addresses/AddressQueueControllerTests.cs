using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Controllers;
using Lodestone.Controllers.Addresses;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Lodestone.Controllers.Tests.Addresses;

public sealed class AddressQueueControllerTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly FakeLister<LoadBalancer> _loadBalancers = new();
    private readonly FakeLister<AddressPool> _pools = new();
    private readonly AddressIndex _index = new(new FakeTimeProvider());
    private readonly AddressQueue _queue = new();
    private readonly List<string> _woken = [];
    private readonly PublicAllocator _allocator;
    private readonly AddressQueueController _controller;

    public AddressQueueControllerTests()
    {
        _allocator = new PublicAllocator(_pools, new FakeLister<IPAddress>(), new FakeLister<Namespace>(), _index, _queue, new AddressClaims(null!));
        _controller = new AddressQueueController(_loadBalancers, _allocator, _queue, _index, key => _woken.Add(key.Name));
    }

    [Fact]
    public async Task Reconcile_SpaceForTwo_WakesTheTwoOldestOnce()
    {
        Pool("a", "203.0.113.1-203.0.113.2");
        foreach (int age in (int[])[3, 1, 4, 2])
        {
            Wait($"lb-{age}", age);
        }

        await LookAsync();
        await LookAsync();

        Assert.Equal(["lb-1", "lb-2"], _woken);
    }

    [Fact]
    public async Task Reconcile_WokenOneServedElsewhere_NextTakesItsTurn()
    {
        Pool("a", "203.0.113.1");
        Wait("lb-1", 1);
        Wait("lb-2", 2);
        await LookAsync();
        _queue.Leave(new ObjectKey("default", "lb-1"));

        await LookAsync();

        Assert.Equal(["lb-1", "lb-2"], _woken);
    }

    [Fact]
    public async Task Reconcile_NoSpace_WakesNobody()
    {
        Pool("a", "203.0.113.1");
        _index.SetPending(System.Net.IPAddress.Parse("203.0.113.1"), "somebody");
        Wait("lb-1", 1);

        await LookAsync();

        Assert.Empty(_woken);
    }

    [Fact]
    public async Task Reconcile_SpaceOnlyOthersMayUse_WakesTheOldestOfThose()
    {
        Pool("gold", "203.0.113.1").Spec.LoadBalancerSelector = new LabelSelector { MatchLabels = new() { ["tier"] = "gold" } };
        Wait("lb-1", 1);
        Wait("lb-2", 2, "gold");
        Wait("lb-3", 3, "gold");
        Pool("open", "203.0.113.2");
        _index.SetPending(System.Net.IPAddress.Parse("203.0.113.2"), "somebody");

        await LookAsync();

        Assert.Equal(["lb-2"], _woken);
    }

    [Fact]
    public async Task Reconcile_PoolsChangedButAreFull_WakesThoseWhoseMessageIsUntrue()
    {
        Pool("a", "203.0.113.1");
        _index.SetPending(System.Net.IPAddress.Parse("203.0.113.1"), "somebody");
        Wait("told", 1);
        Wait("untold", 2, pools: []);
        _queue.PoolsChanged();

        await LookAsync();
        await LookAsync();

        Assert.Equal(["untold"], _woken);
    }

    [Fact]
    public void IsTurnOf_AsManyOlderOnesAsSpace_IsFalse()
    {
        Pool("a", "203.0.113.1");
        Wait("lb-1", 1);
        Wait("lb-3", 3);
        AddressWaiter second = Waiter(LoadBalancer("lb-2", 2, null));

        Assert.False(_queue.IsTurnOf(second, "a", "IPv4", 1));
        Assert.True(_queue.IsTurnOf(second, "a", "IPv4", 2));
        Assert.True(_queue.IsTurnOf(second, "b", "IPv4", 1));
        Assert.False(_queue.IsTurnOf(second, "b", "IPv4", 0));
        _queue.Leave(new ObjectKey("default", "lb-1"));
        Assert.True(_queue.IsTurnOf(second, "a", "IPv4", 1));
    }

    private Task<ReconcileResult> LookAsync() => _controller.ReconcileAsync(AddressQueueController.Key, TestContext.Current.CancellationToken);

    private AddressPool Pool(string name, string addresses)
    {
        var pool = new AddressPool { Metadata = new ObjectMeta { Name = name }, Spec = new AddressPoolSpec { Addresses = [addresses] } };
        _pools.Set(pool);
        return pool;
    }

    private void Wait(string name, int age, string? tier = null, PoolSpace[]? pools = null)
    {
        LoadBalancer lb = LoadBalancer(name, age, tier);
        _loadBalancers.Set(lb);
        _queue.Wait(Waiter(lb, pools));
    }

    private AddressWaiter Waiter(LoadBalancer lb, PoolSpace[]? pools = null) =>
        AddressWaiter.Of(lb, [new AddressOutcome(null) { Family = "IPv4", WaitsFor = pools ?? [.. PublicAllocator.SpacesOf(_allocator.PoolsFor(lb), "IPv4")] }]);

    private static LoadBalancer LoadBalancer(string name, int age, string? tier) => new()
    {
        Metadata = new ObjectMeta
        {
            Namespace = "default",
            Name = name,
            Uid = name,
            CreationTimestamp = Start.AddSeconds(age),
            Labels = tier is null ? null : new() { ["tier"] = tier },
        },
    };
}
