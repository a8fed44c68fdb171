using System.Collections.Immutable;
using CsCheck;
using Lodestone.Agent.Announce;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Api.Meta;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;
using Xunit;

namespace Lodestone.Agent.Tests.Announce;

public sealed class AnnouncedVipsTests
{
    private const int Addresses = 8;

    [Fact]
    public void Follow_AnyStates_IsWhatIsDesiredAndProgrammed() => Gen.Int[0, 5].Array[Addresses].Array[1, 12].Sample(states =>
    {
        var announced = new AnnouncedVips(VipAnnouncement.Layer2);
        ImmutableArray<VipModel> last = [];
        ImmutableHashSet<DatapathAddress> before = [];
        foreach (int[] state in states)
        {
            // 0: not there; 1, 2: announced, by two models; 3: by BGP; 4: announced, does not fit; 5: as it was.
            ImmutableArray<VipModel> next = [.. state.Select((kind, i) => Next(i, kind, last)).OfType<VipModel>()];
            ApplyResult applied = Applied(next, [.. state.Index().Where(s => s.Item == 4).Select(s => AddressOf(s.Index))]);
            ImmutableHashSet<DatapathAddress> expected =
                [.. next.Where(vip => vip.Announcement.HasFlag(VipAnnouncement.Layer2) && applied.Programmed.Contains(vip.Key)).Select(vip => vip.Address)];

            AddressChange change = announced.Follow(next, applied);

            Assert.True(expected.SetEquals(announced.Addresses));
            Assert.True(change.Come.ToHashSet().SetEquals(expected.Except(before)));
            Assert.True(change.Gone.ToHashSet().SetEquals(before.Except(expected)));
            Assert.Equal(change.IsEmpty, before.SetEquals(expected));
            (last, before) = (next, announced.Addresses);
        }
    });

    [Fact]
    public void Follow_OneOfManyChanges_AllocatesNoMoreThanForFew()
    {
        long few = AllocatedForOne(100), many = AllocatedForOne(10_000);

        // A tree that is twice as deep, and not a hundred times as much.
        Assert.InRange(many, 0, 4 * few);
    }

    private static long AllocatedForOne(int count)
    {
        ImmutableArray<VipModel> vips = [.. Enumerable.Range(0, count).Select(i => VipOf(i, VipAnnouncement.Layer2))];
        ImmutableArray<VipModel> changed = vips.SetItem(count / 2, VipOf(count / 2, VipAnnouncement.None));
        ApplyResult applied = Applied(vips, []);
        var announced = new AnnouncedVips(VipAnnouncement.Layer2);
        announced.Follow(vips, applied);
        announced.Follow(changed, applied);
        long before = GC.GetAllocatedBytesForCurrentThread();
        announced.Follow(vips, applied);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static VipModel? Next(int i, int kind, ImmutableArray<VipModel> last) => kind switch
    {
        0 => null,
        1 or 2 or 4 => VipOf(i, VipAnnouncement.Layer2),
        3 => VipOf(i, VipAnnouncement.Bgp),
        _ => last.FirstOrDefault(vip => vip.Address == AddressOf(i)),
    };

    private static ApplyResult Applied(ImmutableArray<VipModel> vips, HashSet<DatapathAddress> refused) => new()
    {
        Writes = 0,
        Programmed = [.. vips.Where(vip => !refused.Contains(vip.Address)).Select(vip => vip.Key)],
        Problems = refused.Count == 0 ? [] : [new Problem("LoadBalancer", default, Reasons.CapacityExceeded, "full")],
    };

    private static DatapathAddress AddressOf(int i) => DatapathAddress.Parse($"198.18.{i >> 8}.{i & 255}");

    private static VipModel VipOf(int i, VipAnnouncement announcement) => new()
    {
        LoadBalancer = new ObjectKey("default", $"lb-{i}"),
        LoadBalancerUid = $"lb-{i}",
        Address = AddressOf(i),
        Network = 0,
        Ports = PortRules.Create([]),
        Routing = RoutingModel.Empty,
        Announcement = announcement,
    };
}
