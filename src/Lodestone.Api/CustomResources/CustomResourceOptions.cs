namespace Lodestone.Api.CustomResources;

/// <summary>What a CustomResourceDefinition may say beyond what every Kubernetes since 1.16 understands.</summary>
public sealed record CustomResourceOptions
{
    private const int FirstWithRules = 25;
    private const int FirstWithReasons = 28;
    private const int FirstWithAddressLibrary = 31;
    private const int FirstWithSelectableFields = 31;

    private readonly bool? _withSelectableFields;

    /// <summary>The 31 of the oldest Kubernetes 1.31 that must understand it.</summary>
    public int Minor { get; init; } = 16;

    /// <summary>Whether it names the fields that a <c>fieldSelector</c> may use: Kubernetes 1.31 and newer understand them, older ones drop or refuse them.</summary>
    public bool WithSelectableFields
    {
        get => _withSelectableFields ?? Minor >= FirstWithSelectableFields;
        init => _withSelectableFields = value;
    }

    /// <summary>Whether it has rules in CEL.</summary>
    public bool WithRules => Minor >= FirstWithRules;

    /// <summary>Whether rules may compute their messages, and say which field and reason they mean.</summary>
    internal bool WithReasons => Minor >= FirstWithReasons;

    /// <summary>Whether rules may use Kubernetes' functions for addresses and prefixes.</summary>
    internal bool WithAddressLibrary => Minor >= FirstWithAddressLibrary;

    /// <summary>What a server of that age does not check or offer, as sentences for who installs it; empty: nothing is missing.</summary>
    public IEnumerable<string> Notes()
    {
        if (!WithRules)
        {
            yield return $"Kubernetes 1.{Minor} knows no CEL rules: what can't be changed can be, and ports, addresses, names and Prefixes are checked by type, range and pattern only. "
                + "Controllers refuse what they can't use and say so in conditions. CEL needs 1.25.";
        }
        else if (!WithReasons)
        {
            yield return $"Kubernetes 1.{Minor} gives refusals without the values and fields that 1.28 and newer name.";
        }

        if (WithRules && !WithAddressLibrary)
        {
            yield return $"Kubernetes 1.{Minor} can't tell whether a text is an address or a prefix; 1.31 can.";
        }

        if (!WithSelectableFields)
        {
            yield return $"Kubernetes 1.{Minor} finds objects of these kinds by name and namespace only in field selectors; 1.31 knows more fields.";
        }
    }
}
