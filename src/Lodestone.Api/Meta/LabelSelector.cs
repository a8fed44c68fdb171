namespace Lodestone.Api.Meta;

/// <summary>Selects objects by label; the two parts are ANDed, an empty selector matches everything (meta/v1 LabelSelector).</summary>
public sealed class LabelSelector
{
    /// <summary>Labels that must have exactly these values.</summary>
    public Dictionary<string, string>? MatchLabels { get; set; }
    /// <summary>Further requirements.</summary>
    public List<LabelSelectorRequirement>? MatchExpressions { get; set; }

    /// <summary>Whether <paramref name="labels"/> satisfy every requirement. Unknown operators match nothing.</summary>
    public bool Matches(IReadOnlyDictionary<string, string>? labels)
    {
        foreach ((string key, string value) in MatchLabels ?? [])
        {
            if (labels is null || !labels.TryGetValue(key, out string? actual) || actual != value)
            {
                return false;
            }
        }

        foreach (LabelSelectorRequirement requirement in MatchExpressions ?? [])
        {
            if (!requirement.Matches(labels))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether the other selector is written alike.</summary>
    public bool HasSameTerms(LabelSelector other) =>
        BuiltIn.DataKeys.AreEqual(MatchLabels, other.MatchLabels)
        && (MatchExpressions ?? []).Select(Describe).SequenceEqual((other.MatchExpressions ?? []).Select(Describe));

    private static (string, string, string) Describe(LabelSelectorRequirement requirement) =>
        (requirement.Key, requirement.Operator, string.Join(',', requirement.Values ?? []));
}
