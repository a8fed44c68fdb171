using Lodestone.Api.Rbac;

namespace Lodestone.ApiServer.Security.Rbac;

/// <summary>Lists of rules against each other (Kubernetes' <c>Covers</c>, <c>BreakdownRule</c> and <c>CompactRules</c>).</summary>
internal static class PolicyRules
{
    private const string All = "*";

    /// <summary>Everything.</summary>
    public static IReadOnlyList<PolicyRule> FullAuthority { get; } =
    [
        new() { Verbs = [All], ApiGroups = [All], Resources = [All] },
        new() { Verbs = [All], NonResourceURLs = [All] },
    ];

    /// <summary>Whether two rules are written alike; an empty list is the same as none.</summary>
    public static bool AreEqual(PolicyRule a, PolicyRule b) =>
        AreSame(a.Verbs, b.Verbs)
        && AreSame(a.ApiGroups, b.ApiGroups)
        && AreSame(a.Resources, b.Resources)
        && AreSame(a.ResourceNames, b.ResourceNames)
        && AreSame(a.NonResourceURLs, b.NonResourceURLs);

    /// <summary>Whether two lists are written alike.</summary>
    public static bool AreEqual(IReadOnlyList<PolicyRule>? a, IReadOnlyList<PolicyRule>? b) =>
        (a?.Count ?? 0) == (b?.Count ?? 0) && (a is null || b is null || a.Zip(b).All(p => AreEqual(p.First, p.Second)));

    /// <summary>What of the wanted rules no held rule allows, in single steps; empty when all is allowed.</summary>
    public static List<PolicyRule> Uncovered(IReadOnlyList<PolicyRule> held, IEnumerable<PolicyRule> wanted) =>
        [.. wanted.SelectMany(Breakdown).Where(step => !held.Any(rule => Covers(rule, step)))];

    /// <summary>As messages show them: steps about the same resource together, sorted.</summary>
    public static IEnumerable<string> Describe(IEnumerable<PolicyRule> rules)
    {
        var described = new SortedSet<string>(StringComparer.Ordinal);
        foreach (PolicyRule rule in Compact(rules))
        {
            described.Add(Describe(rule));
        }

        return described;
    }

    private static bool AreSame(List<string>? a, List<string>? b) => (a ?? []).SequenceEqual(b ?? []);

    private static IEnumerable<PolicyRule> Breakdown(PolicyRule rule)
    {
        foreach (string group in rule.ApiGroups ?? [])
        {
            foreach (string resource in rule.Resources ?? [])
            {
                foreach (string verb in rule.Verbs ?? [])
                {
                    if (rule.ResourceNames is not { Count: > 0 } names)
                    {
                        yield return new PolicyRule { ApiGroups = [group], Resources = [resource], Verbs = [verb] };
                        continue;
                    }

                    foreach (string name in names)
                    {
                        yield return new PolicyRule { ApiGroups = [group], Resources = [resource], Verbs = [verb], ResourceNames = [name] };
                    }
                }
            }
        }

        foreach (string url in rule.NonResourceURLs ?? [])
        {
            foreach (string verb in rule.Verbs ?? [])
            {
                yield return new PolicyRule { NonResourceURLs = [url], Verbs = [verb] };
            }
        }
    }

    private static bool Covers(PolicyRule rule, PolicyRule step) =>
        HasAll(rule.Verbs, step.Verbs)
        && HasAll(rule.ApiGroups, step.ApiGroups)
        && CoversResources(rule.Resources, step.Resources)
        && CoversPaths(rule.NonResourceURLs, step.NonResourceURLs)
        && (rule.ResourceNames is not { Count: > 0 } names || (step.ResourceNames is { Count: > 0 } wanted && wanted.TrueForAll(names.Contains)));

    private static bool HasAll(List<string>? held, List<string>? wanted) =>
        wanted is not { Count: > 0 } || (held is not null && (held.Contains(All) || wanted.TrueForAll(held.Contains)));

    private static bool CoversResources(List<string>? held, List<string>? wanted) =>
        HasAll(held, wanted)
        || (held is not null && wanted!.TrueForAll(resource =>
            held.Contains(resource)
            || (resource.IndexOf('/', StringComparison.Ordinal) is >= 0 and int slash && held.Contains($"*{resource[slash..]}"))));

    private static bool CoversPaths(List<string>? held, List<string>? wanted) =>
        wanted is not { Count: > 0 } || (held is not null && wanted.TrueForAll(path => held.Exists(pattern => PolicyRuleMatching.IsPath(pattern, path))));

    private static List<PolicyRule> Compact(IEnumerable<PolicyRule> rules)
    {
        var compacted = new List<PolicyRule>();
        var simple = new Dictionary<(string Group, string Resource, string? Name), PolicyRule>();
        foreach (PolicyRule rule in rules)
        {
            if (rule is not { NonResourceURLs: null, ApiGroups: [var group], Resources: [var resource], ResourceNames: null or { Count: 1 } })
            {
                compacted.Add(rule);
                continue;
            }

            (string, string, string?) key = (group, resource, rule.ResourceNames?[0]);
            if (simple.TryGetValue(key, out PolicyRule? present))
            {
                present.Verbs!.AddRange(rule.Verbs!);
            }
            else
            {
                var merged = new PolicyRule { ApiGroups = [group], Resources = [resource], ResourceNames = rule.ResourceNames, Verbs = [.. rule.Verbs!] };
                simple[key] = merged;
                compacted.Add(merged);
            }
        }

        return compacted;
    }

    private static string Describe(PolicyRule rule)
    {
        (string Name, List<string>? Values)[] parts =
        [
            ("APIGroups", rule.ApiGroups), ("Resources", rule.Resources), ("NonResourceURLs", rule.NonResourceURLs),
            ("ResourceNames", rule.ResourceNames), ("Verbs", rule.Verbs),
        ];
        return $"{{{string.Join(", ", parts.Where(p => p.Values is { Count: > 0 }).Select(p => $"{p.Name}:{Quote(p.Values!)}"))}}}";
    }

    /// <summary>As Go's <c>%q</c> writes a list of strings.</summary>
    public static string Quote(IEnumerable<string> values) => $"[{string.Join(' ', values.Select(Api.Validation.FieldError.Quote))}]";
}
