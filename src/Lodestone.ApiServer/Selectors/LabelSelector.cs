using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Selectors;

/// <summary>A parsed <c>labelSelector</c>: requirements that must all hold.</summary>
internal sealed class LabelSelector
{
    private readonly LabelRequirement[] _requirements;

    private LabelSelector(LabelRequirement[] requirements)
    {
        _requirements = requirements;
    }

    /// <summary>Selects everything.</summary>
    public static LabelSelector Everything { get; } = new([]);

    /// <summary>True when every object is selected.</summary>
    public bool IsEmpty => _requirements.Length == 0;

    /// <summary>Reads the query parameter's grammar: <c>a=b, a==b, a!=b, a in (b,c), a notin (b), a, !a, a&gt;1, a&lt;1</c>, comma is AND.</summary>
    /// <exception cref="ApiException">400 in Kubernetes' words, it cannot be read.</exception>
    public static LabelSelector Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return Everything;
        }

        LabelRequirement[] requirements = LabelSelectorParser.Parse(text);
        return requirements.Length == 0 ? Everything : new LabelSelector(requirements);
    }

    /// <summary>Whether an object with these labels is selected.</summary>
    public bool Matches(ObjectSummary summary)
    {
        foreach (LabelRequirement requirement in _requirements)
        {
            if (!requirement.Matches(summary.Label(requirement.Key)))
            {
                return false;
            }
        }

        return true;
    }
}
