using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Client.Events;
using Lodestone.Controllers.Ipam;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Lodestone.Controllers.Tests.Integration;

/// <summary>The allocator with caches that are behind, against a real API server.</summary>
public sealed class PrefixAllocatorTests
{
    [Fact]
    public async Task CacheLacksTheHolder_ItsPartStaysItsOwn()
    {
        await using World world = await World.StartAsync(processes: 0);
        Prefix root = await RootAsync(world);
        PrefixAllocation first = await AskAsync(world, "first");
        root = await AllocateAsync(world, root, first);
        PrefixAllocation second = await AskAsync(world, "second");

        await AllocateAsync(world, root, second);

        Assert.Equal("10.0.0.0/26", await PartOfAsync(world, "first"));
        Assert.Equal("10.0.0.64/26", await PartOfAsync(world, "second"));
        Assert.Equal(["first", "second"], (await world.FindAsync<Prefix>("root"))!.Status!.Holders!.Select(h => h.Allocation));
    }

    [Fact]
    public async Task CacheHasTheParentAsItWas_NothingIsGivenTwice()
    {
        await using World world = await World.StartAsync(processes: 0);
        Prefix old = await RootAsync(world);
        PrefixAllocation first = await AskAsync(world, "first");
        await AllocateAsync(world, old, first);
        PrefixAllocation second = await AskAsync(world, "second");

        // "second" alone: judged by the old parent it would get the first's part. Both, in the other order: it would get it too.
        await AllocateAsync(world, old, second);
        first.Metadata.CreationTimestamp = second.Metadata.CreationTimestamp!.Value.AddHours(1);
        await AllocateAsync(world, old, second, first);

        Assert.Equal("10.0.0.0/26", await PartOfAsync(world, "first"));
        Assert.Equal("10.0.0.64/26", await PartOfAsync(world, "second"));
        Assert.Equal(2, (await world.FindAsync<Prefix>("root"))!.Status!.Used!.Count);
    }

    [Fact]
    public async Task CacheHasAnAllocationThatIsGone_ItsPartComesBack()
    {
        await using World world = await World.StartAsync(processes: 0);
        Prefix root = await RootAsync(world);
        PrefixAllocation ghost = await AskAsync(world, "ghost");
        await world.Client.DeleteAsync<PrefixAllocation>(ghost.Key, null, TestContext.Current.CancellationToken);

        root = await AllocateAsync(world, root, ghost);
        Assert.Equal("ghost", Assert.Single(root.Status!.Holders!).Allocation);
        root = await AllocateAsync(world, root);

        Assert.Null(root.Status!.Used);
        Assert.Null(root.Status.Holders);
    }

    [Fact]
    public async Task AllocationWasMadeAnewWithAnotherWish_TheOldOnesPartIsNotForIt()
    {
        await using World world = await World.StartAsync(processes: 0);
        Prefix root = await RootAsync(world);
        PrefixAllocation old = await AskAsync(world, "same");
        await world.Client.DeleteAsync<PrefixAllocation>(old.Key, null, TestContext.Current.CancellationToken);
        PrefixAllocation anew = await AskAsync(world, "same", 28);

        root = await AllocateAsync(world, root, old);
        Assert.Equal("Pending", (await world.FindAsync<PrefixAllocation>("same"))!.Status!.Phase);
        root = await AllocateAsync(world, root, anew);

        Assert.Equal("10.0.0.0/28", await PartOfAsync(world, "same"));
        Assert.Equal(["10.0.0.0/28"], root.Status!.Used);
    }

    private static async Task<Prefix> RootAsync(World world)
    {
        Prefix root = await world.PrefixAsync("root", p => p.Spec.Prefix = "10.0.0.0/24");
        return (await world.Client.UpdateStatusAsync(root, p => p.Status = new PrefixStatus { Phase = "Allocated" }, TestContext.Current.CancellationToken))!;
    }

    private static Task<PrefixAllocation> AskAsync(World world, string name, int length = 26) => world.CreateAsync(new PrefixAllocation
    {
        Metadata = new ObjectMeta { Namespace = "default", Name = name },
        Spec = new PrefixAllocationSpec { IpFamily = "IPv4", PrefixLength = length, PrefixRef = new LocalObjectReference { Name = "root" } },
    });

    /// <summary>One look at the parent, by caches that show just these; returns the parent after it.</summary>
    private static async Task<Prefix> AllocateAsync(World world, Prefix root, params PrefixAllocation[] cached)
    {
        var allocator = new PrefixAllocator(
            new StaleLister<Prefix>(Indexes.Parent, Indexes.ByParent, root),
            new StaleLister<PrefixAllocation>(Indexes.Parent, Indexes.ByParent, cached),
            world.Client,
            new EventRecorder(world.Client, "test", "test", NullLogger.Instance, TimeProvider.System),
            TimeProvider.System);
        await allocator.ReconcileAsync(root.Key, TestContext.Current.CancellationToken);
        return (await world.FindAsync<Prefix>("root"))!;
    }

    private static async Task<string?> PartOfAsync(World world, string name) => (await world.FindAsync<PrefixAllocation>(name))!.Status!.Prefix;
}
