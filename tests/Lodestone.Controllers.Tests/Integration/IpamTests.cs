using Lodestone.Api.BuiltIn;
using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Client.Http;
using Xunit;

namespace Lodestone.Controllers.Tests.Integration;

/// <summary>Prefixes as a user sees them, with the controllers against a real API server.</summary>
public sealed class IpamTests
{
    private static readonly Dictionary<string, string> Pool = new() { ["pool"] = "x" };

    [Fact]
    public async Task Child_OfARoot_GetsTheLowestFreePart()
    {
        await using World world = await World.StartAsync();
        await world.PrefixAsync("child", p => Length(p, 26, "root"));
        await world.PrefixAsync("root", p => p.Spec.Prefix = "10.0.0.0/24");

        Prefix child = await world.SeesAsync<Prefix>("child", IsAllocated, "the part");
        Prefix root = (await world.FindAsync<Prefix>("root"))!;
        PrefixAllocation allocation = Assert.Single(await AllocationsAsync(world));

        Assert.Equal(("10.0.0.0/26", "root"), (child.Spec.Prefix, child.Spec.ParentRef!.Name));
        Assert.Equal("Allocated", child.Status!.Conditions.Of("Allocated")!.Reason);
        Assert.NotNull(child.Status.LastPhaseTransitionTime);
        Assert.Equal(["10.0.0.0/26"], root.Status!.Used);
        Assert.Equal(allocation.Metadata.Name, Assert.Single(root.Status.Holders!).Allocation);
        Assert.Equal(["ipam.ironcore.dev/prefix"], root.Metadata.Finalizers);
        Assert.StartsWith("child-", allocation.Metadata.Name, StringComparison.Ordinal);
        Assert.Equal(child.Metadata.Uid, allocation.Metadata.Labels!["ipam.ironcore.dev/requester-uid"]);
        Assert.Equal(("Allocated", "10.0.0.0/26"), (allocation.Status!.Phase, allocation.Status.Prefix));
    }

    [Fact]
    public async Task Child_ByPrefixAndGrandchild_AreNested()
    {
        await using World world = await World.StartAsync();
        await world.PrefixAsync("root", p => p.Spec.Prefix = "2001:db8::/32");
        await world.PrefixAsync("child", p => Certain(p, "2001:db8:7::/48", "root"));
        await world.PrefixAsync("grandchild", p => Length(p, 128, "child", "IPv6"));

        Prefix grandchild = await world.SeesAsync<Prefix>("grandchild", IsAllocated, "the address");

        Assert.Equal("2001:db8:7::/128", grandchild.Spec.Prefix);
        Assert.Equal(["2001:db8:7::/128"], (await world.FindAsync<Prefix>("child"))!.Status!.Used);
    }

    [Fact]
    public async Task NoRoom_IsSaidAndServedWhenRoomAppears()
    {
        await using World world = await World.StartAsync();
        await world.PrefixAsync("root", p => p.Spec.Prefix = "10.0.0.0/30");
        await world.PrefixAsync("first", p => Length(p, 31, "root"));
        await world.SeesAsync<Prefix>("first", IsAllocated, "the first half");
        await world.PrefixAsync("second", p => Length(p, 31, "root"));
        await world.SeesAsync<Prefix>("second", IsAllocated, "the second half");
        await world.PrefixAsync("third", p => Length(p, 31, "root"));

        Prefix waiting = await world.SeesAsync<Prefix>("third", p => p.Status?.Conditions.Of("Allocated")?.Reason == "NoRoom", "that there is no room");
        await world.EventAsync("third", "NoRoom");
        Assert.Contains("root (10.0.0.0/30) has no free /31", waiting.Status!.Conditions.Of("Allocated")!.Message, StringComparison.Ordinal);
        await world.Client.DeleteAsync<Prefix>(new ObjectKey("default", "first"), null, TestContext.Current.CancellationToken);

        Assert.Equal("10.0.0.0/31", (await world.SeesAsync<Prefix>("third", IsAllocated, "the freed half")).Spec.Prefix);
    }

    [Fact]
    public async Task Impossible_FailsAndIsTriedAgainWhenTheParentIsMadeAnew()
    {
        await using World world = await World.StartAsync();
        await world.PrefixAsync("root", p => p.Spec.Prefix = "10.0.0.0/24");
        await world.PrefixAsync("child", p => Length(p, 24, "root"));
        await world.SeesAsync<Prefix>("child", p => p.Status?.Conditions.Of("Allocated")?.Reason == "Impossible", "that it can't be");
        Assert.Equal("Failed", Assert.Single(await AllocationsAsync(world)).Status!.Phase);

        await world.Client.DeleteAsync<Prefix>(new ObjectKey("default", "root"), null, TestContext.Current.CancellationToken);
        await world.GoneAsync<Prefix>("root");
        await world.PrefixAsync("root", p => p.Spec.Prefix = "10.0.0.0/16");

        Assert.Equal("10.0.0.0/24", (await world.SeesAsync<Prefix>("child", IsAllocated, "a part of the new root")).Spec.Prefix);
        Assert.Single(await AllocationsAsync(world));
    }

    [Fact]
    public async Task Selector_NoneSuits_IsSaidAndServedWhenOneComes()
    {
        await using World world = await World.StartAsync();
        await world.PrefixAsync("unlabelled", p => p.Spec.Prefix = "10.0.0.0/24");
        await world.PrefixAsync("child", p => Selected(p, 26));
        await world.SeesAsync<Prefix>("child", p => p.Status?.Conditions.Of("Allocated")?.Reason == "NoSuitablePrefix", "that none suits");
        await world.EventAsync(Assert.Single(await AllocationsAsync(world)).Metadata.Name!, "NoSuitablePrefix");

        await world.PrefixAsync("labelled", p =>
        {
            p.Metadata.Labels = Pool;
            p.Spec.Prefix = "10.9.0.0/24";
        });

        Prefix child = await world.SeesAsync<Prefix>("child", IsAllocated, "a part of the one that suits");
        Assert.Equal(("10.9.0.0/26", "labelled"), (child.Spec.Prefix, child.Spec.ParentRef!.Name));
    }

    [Fact]
    public async Task Selector_RoomOfItsChoiceIsTakenByOthers_AnotherIsChosen()
    {
        await using World world = await World.StartAsync();
        PrefixAllocation stuck = await world.CreateAsync(new PrefixAllocation
        {
            Metadata = new ObjectMeta { Namespace = "default", Name = "taken" },
            Spec = new PrefixAllocationSpec { IpFamily = "IPv4", PrefixLength = 31, PrefixRef = new LocalObjectReference { Name = "a" } },
        });
        await world.PrefixAsync("a", p =>
        {
            p.Metadata.Labels = Pool;
            p.Spec.Prefix = "10.0.0.0/30";
        });
        await world.SeesAsync<PrefixAllocation>("taken", a => a.Status?.Phase == "Allocated", "half of a");
        await world.PrefixAsync("one", p => Selected(p, 31));
        await world.SeesAsync<Prefix>("one", IsAllocated, "the other half of a");
        await world.PrefixAsync("two", p => Selected(p, 31));
        await world.SeesAsync<Prefix>("two", p => p.Status?.Conditions.Of("Allocated")?.Reason == "NoSuitablePrefix", "that a is full");

        // As if the choice had fallen before the room was taken.
        PrefixAllocation pending = (await AllocationsAsync(world)).Single(a => a.Status!.Phase == "Pending");
        await world.Client.UpdateAsync(pending, a => a.Spec.PrefixRef = new LocalObjectReference { Name = "a" }, TestContext.Current.CancellationToken);
        await world.SeesAsync<Prefix>("two", p => p.Status?.Conditions.Of("Allocated")?.Reason == "NoRoom", "that a has no room");
        await world.PrefixAsync("b", p =>
        {
            p.Metadata.Labels = Pool;
            p.Spec.Prefix = "10.1.0.0/30";
        });

        Prefix two = await world.SeesAsync<Prefix>("two", IsAllocated, "a part of b");
        Assert.Equal(("10.1.0.0/31", "b"), (two.Spec.Prefix, two.Spec.ParentRef!.Name));
        Assert.Equal("a", stuck.Spec.PrefixRef!.Name);
    }

    [Fact]
    public async Task Deletion_OfAParentInUse_WaitsAndSaysForWhom()
    {
        await using World world = await World.StartAsync();
        await world.PrefixAsync("root", p => p.Spec.Prefix = "10.0.0.0/24");
        await world.PrefixAsync("child", p => Length(p, 26, "root"));
        await world.SeesAsync<Prefix>("child", IsAllocated, "the part");
        string allocation = Assert.Single(await AllocationsAsync(world)).Metadata.Name!;

        await world.Client.DeleteAsync<Prefix>(new ObjectKey("default", "root"), null, TestContext.Current.CancellationToken);

        Assert.Contains(allocation, (await world.EventAsync("root", "PrefixInUse")).Message, StringComparison.Ordinal);
        Assert.True((await world.FindAsync<Prefix>("root"))!.IsBeingDeleted);
        await world.Client.DeleteAsync<Prefix>(new ObjectKey("default", "child"), null, TestContext.Current.CancellationToken);
        await world.GoneAsync<Prefix>("root");
        Assert.Empty(await AllocationsAsync(world));
    }

    [Fact]
    public async Task AllocationDeletedByHand_PartStaysTheChildsOwn()
    {
        await using World world = await World.StartAsync();
        await world.PrefixAsync("root", p => p.Spec.Prefix = "10.0.0.0/30");
        await world.PrefixAsync("child", p => Length(p, 31, "root"));
        Prefix child = await world.SeesAsync<Prefix>("child", IsAllocated, "the part");
        await world.PrefixAsync("other", p => Length(p, 31, "root"));
        await world.SeesAsync<Prefix>("other", IsAllocated, "the other part");
        await world.PrefixAsync("waits", p => Length(p, 31, "root"));
        await world.SeesAsync<Prefix>("waits", p => p.Status?.Conditions.Of("Allocated")?.Reason == "NoRoom", "that there is no room");
        PrefixAllocation held = (await AllocationsAsync(world)).Single(a => a.Metadata.Controller!.Name == "child");

        await world.Client.DeleteAsync<PrefixAllocation>(held.Key, null, TestContext.Current.CancellationToken);

        Prefix root = await world.SeesAsync<Prefix>(
            "root", p => p.Status!.Holders!.Exists(h => h.Prefix == child.Spec.Prefix && h.Allocation != held.Metadata.Name), "a new allocation of the same part");
        Assert.StartsWith("child-", root.Status!.Holders!.Find(h => h.Prefix == child.Spec.Prefix)!.Allocation, StringComparison.Ordinal);
        Assert.Equal(2, root.Status!.Used!.Count);
        Assert.Equal("Pending", (await world.FindAsync<Prefix>("waits"))!.Status!.Phase);
    }

    /// <summary>A crash between the two writes, before and after the allocation itself vanished.</summary>
    [Fact]
    public async Task CrashBetweenTheTwoWrites_IsFinishedOrTakenBack()
    {
        await using World world = await World.StartAsync(processes: 0);
        Prefix root = await world.PrefixAsync("root", p => p.Spec.Prefix = "10.0.0.0/24");
        await world.CreateAsync(Request("begun"));
        await world.Client.UpdateStatusAsync(
            root,
            p => p.Status = new PrefixStatus
            {
                Phase = "Allocated",
                Used = ["10.0.0.0/26", "10.0.0.64/26", "10.0.0.128/26"],
                Holders = [new PrefixHolder { Prefix = "10.0.0.128/26", Allocation = "begun" }, new PrefixHolder { Prefix = "10.0.0.64/26", Allocation = "gone" }],
            },
            TestContext.Current.CancellationToken);

        world.StartControllers();

        PrefixAllocation begun = await world.SeesAsync<PrefixAllocation>("begun", a => a.Status?.Phase == "Allocated", "what was begun");
        Assert.Equal("10.0.0.128/26", begun.Status!.Prefix);
        root = await world.SeesAsync<Prefix>("root", p => p.Status?.Used?.Count == 1, "what nobody has to be free again");
        Assert.Equal("begun", Assert.Single(root.Status!.Holders!).Allocation);

        static PrefixAllocation Request(string name) => new()
        {
            Metadata = new ObjectMeta { Namespace = "default", Name = name },
            Spec = new PrefixAllocationSpec { IpFamily = "IPv4", PrefixLength = 26, PrefixRef = new LocalObjectReference { Name = "root" } },
        };
    }

    [Fact]
    public async Task Namespace_Deleted_WholeTreeGoes()
    {
        await using World world = await World.StartAsync();
        await world.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = "gone" } });
        await In("root", p => p.Spec.Prefix = "10.0.0.0/24");
        await In("child", p => Length(p, 26, "root"));
        await In("grandchild", p => Length(p, 28, "child"));
        await world.SeesAsync<Prefix>("grandchild", IsAllocated, "its part", "gone");

        await world.Client.DeleteAsync<Namespace>(new ObjectKey("", "gone"), null, TestContext.Current.CancellationToken);

        await world.GoneAsync<Namespace>("gone", ns: "");

        Task<Prefix> In(string name, Action<Prefix> change) => world.PrefixAsync(name, p =>
        {
            p.Metadata.Namespace = "gone";
            change(p);
        });
    }

    [Fact]
    public async Task Child_DeletedForeground_ItsPartIsFreeOnlyWhenItIsGone()
    {
        await using World world = await World.StartAsync();
        await world.PrefixAsync("root", p => p.Spec.Prefix = "10.0.0.0/30");
        await world.PrefixAsync("child", p => Length(p, 31, "root"));
        await world.SeesAsync<Prefix>("child", IsAllocated, "its part");
        string allocation = Assert.Single(await AllocationsAsync(world)).Metadata.Name!;
        await world.PrefixAsync("grandchild", p => Length(p, 32, "child"));
        await world.SeesAsync<Prefix>("grandchild", IsAllocated, "its part");

        await world.Client.DeleteAsync<Prefix>(new ObjectKey("default", "child"), new DeleteOptions { Propagation = PropagationPolicy.Foreground }, TestContext.Current.CancellationToken);
        await world.EventAsync("child", "PrefixInUse");
        await world.GoneAsync<PrefixAllocation>(allocation);
        await world.PrefixAsync("half", p => Length(p, 31, "root"));
        await world.SeesAsync<Prefix>("half", p => p.Spec.Prefix == "10.0.0.2/31", "the other half");
        await world.PrefixAsync("waits", p => Length(p, 31, "root"));
        await world.SeesAsync<Prefix>("waits", p => p.Status?.Conditions.Of("Allocated")?.Reason == "NoRoom", "that there is no room");

        Assert.Equal("10.0.0.0/31", (await world.FindAsync<Prefix>("child"))!.Spec.Prefix);
        await world.Client.DeleteAsync<Prefix>(new ObjectKey("default", "grandchild"), null, TestContext.Current.CancellationToken);
        await world.GoneAsync<Prefix>("child");
        await world.SeesAsync<Prefix>("waits", IsAllocated, "the part of the child");
    }

    [Fact]
    public async Task SettledWorld_WritesNothing()
    {
        await using World world = await World.StartAsync();
        await world.PrefixAsync("root", p => p.Spec.Prefix = "10.0.0.0/24");
        for (int i = 0; i < 5; i++)
        {
            await world.PrefixAsync($"child-{i}", p => Length(p, 28, "root"));
        }

        for (int i = 0; i < 5; i++)
        {
            await world.SeesAsync<Prefix>($"child-{i}", IsAllocated, "its part");
        }

        string before = await VersionsAsync(world);
        world.StartControllers();
        await world.PrefixAsync("another", p => p.Spec.Prefix = "10.7.0.0/24");
        await world.SeesAsync<Prefix>("another", IsAllocated, "the controllers at work");

        Assert.Equal(before, await VersionsAsync(world));
    }

    private static async Task<string> VersionsAsync(World world)
    {
        List<Prefix> prefixes = await world.Client.ListAsync<Prefix>(new ListOptions { Namespace = "default" }, TestContext.Current.CancellationToken);
        return string.Join(' ', prefixes.Where(p => p.Metadata.Name != "another").Select(p => $"{p.Metadata.Name}@{p.Metadata.ResourceVersion}")
            .Concat((await AllocationsAsync(world)).Select(a => $"{a.Metadata.Name}@{a.Metadata.ResourceVersion}")));
    }

    internal static bool IsAllocated(Prefix prefix) => prefix.Status?.Phase == "Allocated";

    internal static void Length(Prefix prefix, int length, string parent, string family = "IPv4")
    {
        prefix.Spec.IpFamily = family;
        prefix.Spec.PrefixLength = length;
        prefix.Spec.ParentRef = new LocalObjectReference { Name = parent };
    }

    private static void Certain(Prefix prefix, string part, string parent)
    {
        prefix.Spec.Prefix = part;
        prefix.Spec.ParentRef = new LocalObjectReference { Name = parent };
    }

    private static void Selected(Prefix prefix, int length)
    {
        prefix.Spec.IpFamily = "IPv4";
        prefix.Spec.PrefixLength = length;
        prefix.Spec.ParentSelector = new LabelSelector { MatchLabels = Pool };
    }

    private static Task<List<PrefixAllocation>> AllocationsAsync(World world) =>
        world.Client.ListAsync<PrefixAllocation>(new ListOptions { Namespace = "default" }, TestContext.Current.CancellationToken);
}
