using CsCheck;
using Lodestone.Api.Ipam;
using Lodestone.Api.Resources;
using Xunit;

namespace Lodestone.Api.Tests.Ipam;

/// <summary>The rules, and but for what is marked the messages, are IronCore's.</summary>
public class IpamStrategyTests
{
    private const string Meta = "metadata: {name: a.b, namespace: n}\n";

    [Theory]
    [InlineData("prefix: 10.0.0.0/8", "IPv4", "10.0.0.0/8")]
    [InlineData("prefix: '2001:DB8:0::/32'", "IPv6", "2001:db8::/32")]
    [InlineData("prefix: 10.0.0.1/24", "IPv4", "10.0.0.1/24")]
    [InlineData("{prefix: 10.0.0.0/8, prefixLength: 8}", null, "10.0.0.0/8")]
    [InlineData("prefix: nonsense", null, "nonsense")]
    public void Default_Prefix_IsCanonicalAndGivesTheFamily(string spec, string? family, string prefix)
    {
        Prefix parsed = Document.Parse<Prefix>($"{Meta}spec: {(spec[0] == '{' ? spec : $"{{{spec}}}")}");

        Assert.Equal((family, prefix), (parsed.Spec.IpFamily, parsed.Spec.Prefix));
    }

    [Theory]
    [InlineData("{prefix: 10.0.0.0/8}")]
    [InlineData("{ipFamily: IPv4, prefixLength: 24, parentRef: {name: p}}")]
    [InlineData("{prefix: 10.0.0.0/24, parentSelector: {matchLabels: {a: b}}}")]
    [InlineData("{ipFamily: IPv4, prefix: 10.0.0.0/24, prefixLength: 24, parentRef: {name: p}}")]
    [InlineData("{}", "spec.ipFamily: Required value: must specify ipFamily", "spec.prefix: Required value: must specify for root prefix")]
    [InlineData("{ipFamily: IPX, prefix: 10.0.0.0/8}", "spec.ipFamily: Unsupported value: \"IPX\": supported values: \"IPv4\", \"IPv6\"")]
    [InlineData("{ipFamily: IPv6, prefix: 10.0.0.0/8}", "spec.prefix: Invalid value: \"10.0.0.0/8\": expected ip family IPv6 but got IPv4")]
    [InlineData("{ipFamily: IPv4, prefix: x}", "spec.prefix: Invalid value: \"x\": must specify a valid prefix")]
    [InlineData("{ipFamily: IPv4, prefix: 10.0.0.0/8, prefixLength: 8}", "spec.prefixLength: Invalid value: 8: cannot specify prefixLength for a root prefix")]
    [InlineData("{ipFamily: IPv4, parentRef: {name: p}}", "spec: Invalid value: null: must specify either prefix or prefixLength")]
    [InlineData("{ipFamily: IPv4, prefixLength: 33, parentRef: {name: p}}", "spec.prefixLength: Invalid value: 33: too large prefix length for IPv4 (max 32)")]
    [InlineData("{ipFamily: IPv4, prefixLength: -1, parentRef: {name: p}}", "spec.prefixLength: Invalid value: -1: has to be > 0")]
    [InlineData("{ipFamily: IPv4, prefix: 10.0.0.0/8, prefixLength: 9, parentRef: {name: p}}", "spec.prefixLength: Invalid value: 9: does not match prefix 10.0.0.0/8")]
    [InlineData("{ipFamily: IPv4, prefixLength: 24, parentRef: {name: ''}}", "spec.parentRef.name: Required value: must specify name")]
    public void ValidatePrefix_Spec_TellsEveryProblem(string spec, params string[] expected) =>
        Assert.Equal(expected, Document.Errors<Prefix>($"{Meta}spec: {spec}"));

    [Theory]
    [InlineData("{ipFamily: IPv4, prefixLength: 24, parentSelector: {}, prefix: 10.0.0.0/24, parentRef: {name: p}}", "{ipFamily: IPv4, prefixLength: 24, parentSelector: {}}", true)]
    [InlineData("{ipFamily: IPv4, prefixLength: 24, prefix: 10.0.0.0/24, parentRef: {name: p}}", "{ipFamily: IPv4, prefix: 10.0.0.0/24, parentRef: {name: p}}", true)]
    [InlineData("{prefix: 10.0.0.0/16}", "{prefix: 10.0.0.0/8}", false)]
    [InlineData("{ipFamily: IPv4, prefixLength: 25, parentRef: {name: p}}", "{ipFamily: IPv4, prefixLength: 24, parentRef: {name: p}}", false)]
    [InlineData("{ipFamily: IPv4, prefixLength: 24, parentRef: {name: q}}", "{ipFamily: IPv4, prefixLength: 24, parentRef: {name: p}}", false)]
    [InlineData("{prefix: 10.0.0.0/8, parentRef: {name: p}}", "{prefix: 10.0.0.0/8}", false)]
    [InlineData("{prefix: 10.0.0.0/8, parentSelector: {matchLabels: {a: c}}}", "{prefix: 10.0.0.0/8, parentSelector: {matchLabels: {a: b}}}", false)]
    [InlineData("{prefix: 10.0.0.0/8, parentSelector: {matchLabels: {a: b}}}", "{prefix: 10.0.0.0/8, parentSelector: {matchLabels: {a: b}, matchExpressions: []}}", true)]
    public void ValidateUpdate_PrefixSpec_OnlyCompletes(string now, string before, bool isAllowed)
    {
        string[] errors = Document.UpdateErrors<Prefix>($"{Meta}spec: {now}", $"{Meta}spec: {before}");

        Assert.Equal(isAllowed, errors.Length == 0);
        Assert.All(errors, e => Assert.StartsWith("spec: Forbidden: field is immutable; only ", e, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{prefix: 10.0.0.0/8}", "{}", "{phase: Allocated, used: [10.0.0.0/16, 10.1.0.0/32]}")]
    [InlineData("{prefix: 10.0.0.0/8}", "{phase: Allocated, used: [10.0.0.0/16]}", "{phase: Allocated}")]
    [InlineData("{prefix: 10.0.0.0/8}", "{}", "{phase: Done}", "status.phase: Unsupported value: \"Done\": supported values: \"Allocated\", \"Pending\"")]
    [InlineData("{prefix: 10.0.0.0/8}", "{}", "{used: [10.0.0.0/16]}", "status.used: Invalid value: [\"10.0.0.0/16\"]: must not specify used if the prefix is not succeeded")]
    [InlineData("{prefix: 10.0.0.0/8}", "{}", "{phase: Allocated, used: [x]}", "status.used[0]: Invalid value: \"x\": must specify a valid prefix")]
    [InlineData("{prefix: 10.0.0.0/8}", "{}", "{phase: Allocated, used: [10.0.0.0/16, 10.0.3.0/24]}", "status.used: Invalid value: [\"10.0.0.0/16\", \"10.0.3.0/24\"]: overlapping used addresses")]
    [InlineData(
        "{prefix: 10.0.0.0/8}",
        "{}",
        "{phase: Allocated, used: [10.0.0.0/16, '2001:db8::/64']}",
        "status.used: Invalid value: [\"10.0.0.0/16\", \"2001:db8::/64\"]: different bit lengths among prefixes: [IPv4 IPv6]",
        "status.used[1]: Forbidden: not contained in prefix 10.0.0.0/8")]
    [InlineData("{prefix: 10.0.0.0/8}", "{}", "{phase: Allocated, used: [11.0.0.0/16]}", "status.used[0]: Forbidden: not contained in prefix 10.0.0.0/8")]
    [InlineData("{prefix: 10.0.0.0/8}", "{phase: Allocated}", "{}", "status.phase: Forbidden: may not update from allocated to non-allocated phase")]
    [InlineData("{ipFamily: IPv4, prefixLength: 24, parentRef: {name: p}}", "{}", "{phase: Allocated}", "spec.prefix: Required value: must specify prefix if allocated")]
    [InlineData(
        "{prefix: 10.0.0.0/24, parentSelector: {}}",
        "{}",
        "{phase: Allocated}",
        "spec.parentRef: Required value: must specify parentRef when allocating sub-prefix")]
    public void ValidateStatusUpdate_Prefix_TellsEveryProblem(string spec, string before, string now, params string[] expected) =>
        Assert.Equal(expected, StatusErrors<Prefix>(spec, before, now));

    [Theory]
    [InlineData("{prefix: 10.0.0.0/24, prefixRef: {name: p}}")]
    [InlineData("{ipFamily: IPv6, prefixLength: 64, prefixSelector: {}}")]
    [InlineData("{ipFamily: IPv4, prefix: 10.0.0.0/24, prefixLength: 24, prefixRef: {name: p}}", "spec.prefixLength: Forbidden: must not specify more than 1 request")]
    [InlineData("{ipFamily: IPv4}", "spec: Invalid value: null: must specify a request", "spec: Invalid value: null: must specify a source")]
    [InlineData("{prefix: 10.0.0.0/24, prefixRef: {name: ''}}", "spec.prefixRef.name: Required value: must specify name")]
    [InlineData("{ipFamily: IPv6, prefixLength: 129, prefixRef: {name: p}}", "spec.prefixLength: Invalid value: 129: too large prefix length for IPv6 (max 128)")]
    public void ValidatePrefixAllocation_Spec_TellsEveryProblem(string spec, params string[] expected) =>
        Assert.Equal(expected, Document.Errors<PrefixAllocation>($"{Meta}spec: {spec}"));

    [Theory]
    [InlineData("{prefix: 10.0.0.0/24, prefixSelector: {}, prefixRef: {name: p}}", "{prefix: 10.0.0.0/24, prefixSelector: {}}", true)]
    [InlineData("{prefix: 10.0.0.0/24, prefixRef: {name: q}}", "{prefix: 10.0.0.0/24, prefixRef: {name: p}}", false)]
    [InlineData("{prefix: 10.1.0.0/24, prefixRef: {name: p}}", "{prefix: 10.0.0.0/24, prefixRef: {name: p}}", false)]
    public void ValidateUpdate_AllocationSpec_OnlyGetsItsPrefix(string now, string before, bool isAllowed) =>
        Assert.Equal(
            isAllowed ? [] : ["spec: Forbidden: field is immutable; only prefixRef can be set, once"],
            Document.UpdateErrors<PrefixAllocation>($"{Meta}spec: {now}", $"{Meta}spec: {before}"));

    [Theory]
    [InlineData("{ipFamily: IPv4, prefixLength: 24, prefixRef: {name: p}}", "{}", "{phase: Allocated, prefix: 10.0.0.0/24}")]
    [InlineData("{ipFamily: IPv4, prefixLength: 24, prefixRef: {name: p}}", "{}", "{phase: Failed}")]
    [InlineData("{prefix: 10.0.0.0/24, prefixRef: {name: p}}", "{}", "{phase: Allocated}", "status.prefix: Required value: must specify prefix when allocated")]
    [InlineData("{prefix: 10.0.0.0/24, prefixRef: {name: p}}", "{}", "{prefix: 10.0.0.0/24}", "status.prefix: Forbidden: must not specify a prefix when not allocated")]
    [InlineData("{prefix: 10.0.0.0/24, prefixRef: {name: p}}", "{phase: Failed}", "{phase: Pending}", "status.phase: Forbidden: must not set failed / allocated allocation to non-failed / non-allocated")]
    [InlineData("{prefix: 10.0.0.0/24, prefixRef: {name: p}}", "{}", "{phase: Allocated, prefix: 10.0.1.0/24}", "status.prefix: Forbidden: does not match spec prefix 10.0.0.0/24")]
    [InlineData("{ipFamily: IPv4, prefixLength: 24, prefixRef: {name: p}}", "{}", "{phase: Allocated, prefix: 10.0.0.0/25}", "status.prefix: Forbidden: does not match spec prefix length 24")]
    [InlineData("{ipFamily: IPv4, prefixLength: 24, prefixSelector: {}}", "{}", "{phase: Allocated, prefix: 10.0.0.0/24}", "status.prefix: Forbidden: spec.prefixRef needs to be set first")]
    [InlineData("{ipFamily: IPv6, prefixLength: 24, prefixRef: {name: p}}", "{}", "{phase: Allocated, prefix: 10.0.0.0/24}", "status.prefix: Invalid value: \"10.0.0.0/24\": expected ip family IPv6 but got IPv4")]
    public void ValidateStatusUpdate_Allocation_TellsEveryProblem(string spec, string before, string now, params string[] expected) =>
        Assert.Equal(expected, StatusErrors<PrefixAllocation>(spec, before, now));

    [Fact]
    public void Columns_AreIronCores()
    {
        Prefix prefix = Document.Parse<Prefix>(Meta + "spec: {prefix: 10.0.0.0/24, parentRef: {name: p}}\nstatus: {phase: Allocated}");
        PrefixAllocation allocation = Document.Parse<PrefixAllocation>(Meta + "spec: {ipFamily: IPv4, prefixLength: 24, prefixSelector: {}}");

        Assert.Equal(["a.b", "10.0.0.0/24", "p", "Allocated", "<unknown>"], ResourceDefinitions.Prefix.Columns.Select(c => c.Cell(prefix, DateTimeOffset.UnixEpoch)));
        Assert.Equal(["a.b", "<none>", "/24", "<unknown>", "<unknown>", "<unknown>"], ResourceDefinitions.PrefixAllocation.Columns.Select(c => c.Cell(allocation, DateTimeOffset.UnixEpoch)));
    }

    [Fact]
    public void PrefixRange_OfTwoPrefixes_NestsOrIsApart() =>
        Gen.Select(Gen.UInt, Gen.Int[0, 32], Gen.UInt, Gen.Int[0, 32]).Sample((a, aLength, b, bLength) =>
        {
            Assert.True(PrefixRange.TryParse(Text(a, aLength), out PrefixRange left));
            Assert.True(PrefixRange.TryParse(Text(b & (a | 0xffff), bLength), out PrefixRange right));
            bool nests = left.Contains(right) || right.Contains(left);
            Assert.Equal(nests, left.Overlaps(right));
            Assert.Equal(left.Overlaps(right), right.Overlaps(left));
            Assert.Equal(UInt128.One << (32 - aLength), left.Last - left.First + 1);
        });

    private static string Text(uint address, int length) =>
        $"{address >> 24}.{(address >> 16) & 255}.{(address >> 8) & 255}.{address & 255}/{length}";

    // What the status subresource takes from the writer, and what the strategy says about it.
    private static string[] StatusErrors<T>(string spec, string before, string now)
        where T : Meta.KubernetesObject
    {
        T old = Document.Parse<T>($"{IpamStrategyTests.Meta}spec: {spec}\nstatus: {before}");
        T changed = Document.Parse<T>($"{IpamStrategyTests.Meta}spec: {{}}\nstatus: {now}");
        ResourceStrategy strategy = ResourceDefinitions.Of<T>().Strategy;
        strategy.PrepareForStatusUpdate(changed, old);
        return [.. strategy.ValidateStatusUpdate(changed, old).Select(e => e.ToString())];
    }
}
