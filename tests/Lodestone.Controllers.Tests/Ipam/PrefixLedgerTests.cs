using CsCheck;
using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Controllers.Ipam;
using Xunit;

namespace Lodestone.Controllers.Tests.Ipam;

public sealed class PrefixLedgerTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<string, string> None = [];

    [Fact]
    public void Plan_Requests_OldestFirstThenLowestAddress()
    {
        PrefixLedgerPlan plan = Plan(Parent(), Ask("young", "/26", 2), Ask("certain", "10.0.0.0/26", 1), Ask("old", "/25", 0));

        Assert.Equal(["old 10.0.0.0/25", "young 10.0.0.128/26"], plan.Grants.Select(g => $"{g.Allocation.Metadata.Name} {g.Part}"));
        Assert.Equal(["certain PrefixInUse"], plan.Waiting.Select(w => $"{w.Allocation.Metadata.Name} {w.Reason}"));
        Assert.Equal(["10.0.0.0/25", "10.0.0.128/26"], plan.Used);
        Assert.Equal(["old", "young"], plan.Holders.Select(h => h.Allocation));
    }

    [Theory]
    [InlineData("10.0.0.0/24")]
    [InlineData("10.0.1.0/26")]
    [InlineData("10.0.0.0/16")]
    [InlineData("/24")]
    [InlineData("/8")]
    [InlineData("2001:db8::/64")]
    public void Plan_NoPartOfThePrefix_Fails(string request)
    {
        PrefixLedgerPlan plan = Plan(Parent(), Ask("a", request));

        Assert.Equal("a", Assert.Single(plan.Failures).Allocation.Metadata.Name);
        Assert.Empty(plan.Used);
    }

    [Fact]
    public void Plan_EntryWithoutItsSecondWrite_IsFinishedAsItStands()
    {
        Prefix parent = Parent(("10.0.0.128/26", "late"));

        PrefixLedgerPlan plan = Plan(parent, Ask("early", "/26", 0), Ask("late", "/26", 1));

        Assert.Equal(["early 10.0.0.0/26", "late 10.0.0.128/26"], plan.Grants.Select(g => $"{g.Allocation.Metadata.Name} {g.Part}"));
    }

    [Fact]
    public void Plan_PartReleased_GoesToWhoWaitsInTheSameWrite()
    {
        Prefix parent = Parent(("10.0.0.0/25", "gone"), ("10.0.0.128/25", "stays"));

        PrefixLedgerPlan plan = PrefixLedger.Plan(parent, Range(parent), new HashSet<string> { "10.0.0.0/25" }, None, [Given("stays", "10.0.0.128/25"), Ask("next", "/25")]);

        Assert.Equal("10.0.0.0/25", Assert.Single(plan.Grants).Part);
        Assert.Equal(["next", "stays"], plan.Holders.Select(h => h.Allocation));
    }

    [Fact]
    public void Plan_OrphanedPart_IsOnlyForThePrefixMadeOfIt()
    {
        Prefix parent = Parent(("10.0.0.0/25", "gone"));
        PrefixAllocation stranger = Ask("stranger", "10.0.0.0/25");
        PrefixAllocation again = Ask("again", "10.0.0.0/25", 1);
        again.Metadata.OwnerReferences = [new OwnerReference { Kind = "Prefix", Name = "child", Uid = "child-uid", Controller = true }];

        PrefixLedgerPlan plan = PrefixLedger.Plan(parent, Range(parent), new HashSet<string>(), new Dictionary<string, string> { ["10.0.0.0/25"] = "child-uid" }, [stranger, again]);

        Assert.Equal(again, Assert.Single(plan.Grants).Allocation);
        Assert.Equal("again", Assert.Single(plan.Holders).Allocation);
        Assert.Equal(stranger, Assert.Single(plan.Waiting).Allocation);
    }

    [Fact]
    public void Plan_GivenByAControllerWithoutLedger_IsWrittenDown()
    {
        Prefix parent = Parent();
        parent.Status!.Used = ["10.0.0.0/26"];

        PrefixLedgerPlan plan = Plan(parent, Given("known", "10.0.0.0/26"), Given("unknown", "10.0.0.64/26"), Ask("next", "/26"));

        Assert.Equal(["10.0.0.0/26 known", "10.0.0.128/26 next", "10.0.0.64/26 unknown"], plan.Holders.Select(h => $"{h.Prefix} {h.Allocation}"));
    }

    [Fact]
    public void Plan_ParentBeingDeleted_GivesNothingNewButFinishes()
    {
        Prefix parent = Parent(("10.0.0.0/26", "begun"));
        parent.Metadata.DeletionTimestamp = Start;

        PrefixLedgerPlan plan = Plan(parent, Ask("begun", "/26"), Ask("new", "/26"));

        Assert.Equal("begun", Assert.Single(plan.Grants).Allocation.Metadata.Name);
        Assert.Equal("ParentDeleting", Assert.Single(plan.Waiting).Reason);
    }

    /// <summary>Requests and deletions in any order, and a second write that may be missing: parts are disjoint, inside, and everybody keeps what they have.</summary>
    [Fact]
    public void Plan_AnyHistory_PartsAreDisjointAndStay() =>
        Gen.Select(Gen.Int[0, 11], Gen.Int[0, 4], Gen.Bool).Array[1, 40].Sample(steps =>
        {
            Prefix parent = Parent();
            var allocations = new Dictionary<string, PrefixAllocation>();
            foreach ((int number, int kind, bool isAnswered) in steps)
            {
                string name = $"a{number}";
                if (!allocations.Remove(name))
                {
                    allocations[name] = Ask(name, kind switch { 0 => "10.0.0.64/26", 1 => "10.0.0.32/28", 2 => "/26", 3 => "/28", _ => "/32" }, number);
                }

                Dictionary<string, string> before = PrefixLedger.EntriesOf(parent);
                HashSet<string> released = [.. before.Where(e => !PrefixLedger.IsHeldBy(parent, e.Key, allocations.GetValueOrDefault(e.Value))).Select(e => e.Key)];
                PrefixLedgerPlan plan = PrefixLedger.Plan(parent, Range(parent), released, None, [.. allocations.Values]);
                parent.Status!.Used = plan.Used;
                parent.Status.Holders = plan.Holders;
                foreach ((PrefixAllocation allocation, string part) in isAnswered ? plan.Grants : [])
                {
                    allocation.Status = new PrefixAllocationStatus { Phase = "Allocated", Prefix = part };
                }

                PrefixRange[] ranges = [.. plan.Used.Select(u => PrefixRange.TryParse(u, out PrefixRange r) ? r : default)];
                Assert.All(ranges, r => Assert.True(Range(parent).Contains(r)));
                Assert.All(ranges, r => Assert.Single(ranges, r.Overlaps));
                Assert.Equal(plan.Used, plan.Holders.Select(h => h.Prefix));
                Assert.Equal(plan.Holders.Count, plan.Holders.Select(h => h.Allocation).Distinct().Count());
                Assert.All(before.Where(e => !released.Contains(e.Key)), e => Assert.Contains(plan.Holders, h => h.Prefix == e.Key && h.Allocation == e.Value));
                Assert.All(allocations.Values.Where(a => a.Status is not null), a => Assert.Contains(plan.Holders, h => h.Prefix == a.Status!.Prefix && h.Allocation == a.Metadata.Name));
                Assert.True(PrefixLedger.Plan(parent, Range(parent), new HashSet<string>(), None, [.. allocations.Values]).IsIn(parent.Status));
            }
        });

    private static PrefixLedgerPlan Plan(Prefix parent, params PrefixAllocation[] allocations) => PrefixLedger.Plan(parent, Range(parent), new HashSet<string>(), None, allocations);

    private static PrefixRange Range(Prefix prefix) => PrefixRange.TryParse(prefix.Spec.Prefix, out PrefixRange range) ? range : default;

    private static Prefix Parent(params (string Part, string Holder)[] entries) => new()
    {
        Metadata = new ObjectMeta { Namespace = "default", Name = "parent" },
        Spec = new PrefixSpec { IpFamily = "IPv4", Prefix = "10.0.0.0/24" },
        Status = new PrefixStatus
        {
            Phase = "Allocated",
            Used = [.. entries.Select(e => e.Part)],
            Holders = [.. entries.Select(e => new PrefixHolder { Prefix = e.Part, Allocation = e.Holder })],
        },
    };

    private static PrefixAllocation Ask(string name, string request, int second = 0) => new()
    {
        Metadata = new ObjectMeta { Namespace = "default", Name = name, CreationTimestamp = Start.AddSeconds(second) },
        Spec = new PrefixAllocationSpec
        {
            IpFamily = request.Contains(':') ? "IPv6" : "IPv4",
            Prefix = request[0] == '/' ? null : request,
            PrefixLength = request[0] == '/' ? int.Parse(request.AsSpan(1), null) : null,
            PrefixRef = new LocalObjectReference { Name = "parent" },
        },
    };

    private static PrefixAllocation Given(string name, string part)
    {
        PrefixAllocation allocation = Ask(name, part);
        allocation.Status = new PrefixAllocationStatus { Phase = "Allocated", Prefix = part };
        return allocation;
    }
}
