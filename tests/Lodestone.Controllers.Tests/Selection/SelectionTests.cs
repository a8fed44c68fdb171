using CsCheck;
using Lodestone.Api.Meta;
using Lodestone.Controllers.Selection;
using Xunit;

namespace Lodestone.Controllers.Tests.Selection;

/// <summary>Both indexes find what comparing everything with everything finds, and look at little else.</summary>
public sealed class SelectionTests
{
    private static readonly string[] Keys = ["app", "tier", "zone"];
    private static readonly string[] Values = ["a", "b", "c"];
    private static readonly string[] Scopes = ["default/net", "default/other"];

    private static readonly Gen<Dictionary<string, string>?> Labels =
        Gen.Select(Gen.Int[-1, 2], Gen.Int[-1, 2], Gen.Int[-1, 2], (app, tier, zone) =>
        {
            int[] values = [app, tier, zone];
            Dictionary<string, string> labels = [];
            for (int i = 0; i < values.Length; i++)
            {
                if (values[i] >= 0)
                {
                    labels[Keys[i]] = Values[values[i]];
                }
            }

            return labels.Count > 0 ? labels : null;
        });

    private static readonly Gen<LabelSelectorRequirement> Requirement =
        Gen.Select(OneOf("In", "NotIn", "Exists", "DoesNotExist", "Unknown"), OneOf(Keys), OneOf(Values).List[0, 3], (op, key, values) =>
            new LabelSelectorRequirement { Operator = op, Key = key, Values = op is "In" or "NotIn" ? values : null });

    private static readonly Gen<LabelSelector?> Selector =
        Gen.Select(Labels, Requirement.List[0, 2], Gen.Int[0, 9], (labels, expressions, absent) => absent == 0 ? null : new LabelSelector { MatchLabels = labels, MatchExpressions = expressions });

    private static readonly Gen<(int Item, string Scope, LabelSelector? Selector, Dictionary<string, string>? Labels)[]> Steps =
        Gen.Select(Gen.Int[0, 7], OneOf(Scopes), Selector, Labels).Array[1, 40];

    /// <summary>Selectors come, change and go in any order: what matches an object is what matches it one by one, each once.</summary>
    [Fact]
    public void Matching_AnySequence_IsWhatComparingAllFinds() =>
        Steps.Sample(steps =>
        {
            var index = new SelectorIndex();
            var all = new Dictionary<ObjectKey, (string Scope, LabelSelector Selector)>();
            foreach ((int item, string scope, LabelSelector? selector, Dictionary<string, string>? labels) in steps)
            {
                index.Set(Key(item), scope, selector);
                all.Remove(Key(item));
                if (selector is not null)
                {
                    all[Key(item)] = (scope, selector);
                }

                string[] expected = [.. all.Where(p => p.Value.Scope == scope && p.Value.Selector.Matches(labels)).Select(p => p.Key.Name).Order()];
                if (!index.Matching(scope, labels).Select(k => k.Name).Order().SequenceEqual(expected))
                {
                    return false;
                }
            }

            return true;
        });

    /// <summary>Objects come, change and go in any order: the candidates hold all that a selector selects, each once, and none of another scope.</summary>
    [Fact]
    public void Candidates_AnySequence_HoldAllThatIsSelected() =>
        Steps.Sample(steps =>
        {
            var index = new LabelIndex<ObjectKey>();
            var all = new Dictionary<ObjectKey, (string Scope, Dictionary<string, string>? Labels)>();
            foreach ((int item, string scope, LabelSelector? selector, Dictionary<string, string>? labels) in steps)
            {
                index.Set(Key(item), Key(item), scope, labels);
                all[Key(item)] = (scope, labels);
                LabelSelector wanted = selector ?? new LabelSelector();
                IReadOnlyCollection<ObjectKey>? candidates = index.Candidates(scope, wanted);
                ObjectKey[] selected = [.. all.Where(p => p.Value.Scope == scope && wanted.Matches(p.Value.Labels)).Select(p => p.Key)];
                bool namesALabel = wanted.MatchLabels is { Count: > 0 } || wanted.MatchExpressions?.Exists(e => e.Operator is "In" or "Exists") == true;
                bool isRight = candidates is null
                    ? !namesALabel
                    : namesALabel
                        && candidates.Distinct().Count() == candidates.Count
                        && candidates.All(c => all[c].Scope == scope)
                        && selected.All(candidates.Contains);
                if (!isRight)
                {
                    return false;
                }
            }

            return true;
        });

    [Fact]
    public void Matching_ManySelectorsThatShareALabel_LooksAtThoseThatShareTheRarest()
    {
        var index = new SelectorIndex();
        for (int i = 0; i < 10_000; i++)
        {
            index.Set(Key(i), "default/net", Of(("env", "prod"), ("tier", $"t{i}")));
        }

        List<ObjectKey> found = index.Matching("default/net", new Dictionary<string, string> { ["env"] = "prod", ["tier"] = "t77" });

        Assert.Equal([Key(77)], found);
        Assert.InRange(index.Examined, 1, 2);
    }

    [Fact]
    public void Matching_SelectorsTakenOut_LeaveNothingToLookAt()
    {
        var index = new SelectorIndex();
        for (int i = 0; i < 100; i++)
        {
            index.Set(Key(i), "default/net", Of(("app", "web")));
            index.Set(Key(i), "default/net", i % 2 == 0 ? null : Of(("app", "db")));
        }

        Assert.Empty(index.Matching("default/net", new Dictionary<string, string> { ["app"] = "web" }));
        Assert.Equal(0, index.Examined);
    }

    [Fact]
    public void Candidates_SeveralRequirements_AreThoseOfTheRarest()
    {
        var index = new LabelIndex<ObjectKey>();
        for (int i = 0; i < 1000; i++)
        {
            index.Set(Key(i), Key(i), "default/net", new Dictionary<string, string> { ["env"] = "prod", ["app"] = $"a{i / 10}" });
        }

        LabelSelector selector = Of(("env", "prod"));
        selector.MatchExpressions = [new LabelSelectorRequirement { Key = "app", Operator = "In", Values = ["a3", "a4", "none"] }];

        Assert.Equal(20, index.Candidates("default/net", selector)!.Count);
        Assert.Empty(index.Candidates("default/other", selector)!);
    }

    private static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static ObjectKey Key(int number) => new("default", $"x{number}");

    private static LabelSelector Of(params (string Key, string Value)[] labels) => new() { MatchLabels = labels.ToDictionary(l => l.Key, l => l.Value) };
}
