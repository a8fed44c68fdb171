using Lodestone.Api.Validation;

namespace Lodestone.Api.CustomResources;

internal static partial class Constraints
{
    private const string IsChild = "has(self.parentRef) || has(self.parentSelector)";
    private const string HasLength = "has(self.prefixLength) && self.prefixLength != 0";

    /// <summary>What may be given where nothing was, and can't be changed then.</summary>
    private static readonly string[] SetOnlyOnce =
    [
        SetOnly("ipFamily"),
        SetOnly("prefix"),
        "(!has(oldSelf.prefixLength) || oldSelf.prefixLength == 0 || (has(self.prefixLength) && self.prefixLength == oldSelf.prefixLength))",
    ];

    private static readonly CelRule[] PrefixRules =
    [
        Cidr("must specify a valid prefix") with { Rule = "!has(self.prefix) || isCIDR(self.prefix)", Field = ".prefix" },
        Rule("!has(self.prefixLength) || self.prefixLength >= 0", "has to be > 0", ".prefixLength"),
        Required($"has(self.ipFamily) || (has(self.prefix) && !({HasLength}))", "must specify ipFamily", ".ipFamily"),
        TooLong("IPv4", 32),
        TooLong("IPv6", 128),
        Rule("!has(self.prefix) || !has(self.ipFamily) || self.ipFamily != 'IPv4' || !self.prefix.contains(':')", "expected ip family IPv4 but got IPv6", ".prefix"),
        Rule("!has(self.prefix) || !has(self.ipFamily) || self.ipFamily != 'IPv6' || self.prefix.contains(':')", "expected ip family IPv6 but got IPv4", ".prefix"),
    ];

    private static Dictionary<string, Constraint> Ipam => new()
    {
        ["Prefix"] = new() { Required = ["spec"] },
        // Not in templates, in which our server fills in what is missing.
        ["Prefix.spec"] = Rules(
        [
            .. PrefixRules,
            Required($"{IsChild} || has(self.prefix)", "must specify for root prefix", ".prefix"),
            Rule($"{IsChild} || !({HasLength})", "cannot specify prefixLength for a root prefix", ".prefixLength"),
            Rule($"!({IsChild}) || has(self.prefix) || ({HasLength})", "must specify either prefix or prefixLength"),
            Rule($"!({IsChild}) || !has(self.prefix) || !({HasLength}) || !isCIDR(self.prefix) || cidr(self.prefix).prefixLength() == self.prefixLength", "does not match prefix", ".prefixLength") with
            {
                MessageExpression = "'does not match prefix ' + self.prefix",
                UsesAddressLibrary = true,
            },
            Changed("prefix and prefixLength", "!has(oldSelf.parentRef) && !has(oldSelf.parentSelector)", [.. SetOnlyOnce, Same("parentRef"), Same("parentSelector")]),
            Changed("prefix, prefixLength and parentRef", "has(oldSelf.parentRef) || has(oldSelf.parentSelector)", [.. SetOnlyOnce, SetOnly("parentRef"), Same("parentSelector")]),
        ]),
        ["Prefix.status"] = Rules(Forbidden(
            "!has(oldSelf.phase) || oldSelf.phase != 'Allocated' || (has(self.phase) && self.phase == 'Allocated')",
            "may not update from allocated to non-allocated phase",
            ".phase")),
        ["PrefixAllocation"] = new() { Required = ["spec"] },
        ["PrefixAllocation.spec"] = Rules(
        [
            .. PrefixRules,
            Forbidden($"!has(self.prefix) || !({HasLength})", "must not specify more than 1 request", ".prefixLength"),
            Rule($"has(self.prefix) || ({HasLength})", "must specify a request"),
            Rule("has(self.prefixRef) || has(self.prefixSelector)", "must specify a source"),
            Changed("prefixRef", "true", [.. SetOnlyOnce, SetOnly("prefixRef"), Same("prefixSelector")]),
        ]),
        ["PrefixAllocation.status"] = Rules(
            Required("!has(self.phase) || self.phase != 'Allocated' || has(self.prefix)", "must specify prefix when allocated", ".prefix"),
            Forbidden("!has(self.prefix) || (has(self.phase) && self.phase == 'Allocated')", "must not specify a prefix when not allocated", ".prefix"),
            Forbidden(
                "!has(oldSelf.phase) || !(oldSelf.phase in ['Allocated', 'Failed']) || (has(self.phase) && self.phase == oldSelf.phase)",
                "must not set failed / allocated allocation to non-failed / non-allocated",
                ".phase")),
    };

    private static CelRule TooLong(string family, int bits) => Rule(
        $"!({HasLength}) || !has(self.ipFamily) || self.ipFamily != '{family}' || self.prefixLength <= {bits}", $"too large prefix length for {family} (max {bits})", ".prefixLength");

    private static CelRule Changed(string settable, string condition, string[] kept) =>
        Forbidden($"!({condition}) || ({string.Join(" && ", kept)})", $"{Immutable.Detail}; only {settable} can be set, once");

    private static string SetOnly(string name) => $"(!has(oldSelf.{name}) || (has(self.{name}) && self.{name} == oldSelf.{name}))";

    private static string Same(string name) => $"has(self.{name}) == has(oldSelf.{name}) && {SetOnly(name)}";
}
