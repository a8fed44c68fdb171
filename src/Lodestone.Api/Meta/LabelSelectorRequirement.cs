namespace Lodestone.Api.Meta;

/// <summary>One requirement of a label selector (meta/v1 LabelSelectorRequirement).</summary>
public sealed class LabelSelectorRequirement
{
    /// <summary>The label's key.</summary>
    public string Key { get; set; } = "";
    /// <summary><c>In</c>, <c>NotIn</c>, <c>Exists</c> or <c>DoesNotExist</c>.</summary>
    public string Operator { get; set; } = "";
    /// <summary>Values for <c>In</c> and <c>NotIn</c>.</summary>
    public List<string>? Values { get; set; }

    /// <summary>Whether <paramref name="labels"/> satisfy the requirement; <c>NotIn</c> also matches an absent key.</summary>
    public bool Matches(IReadOnlyDictionary<string, string>? labels)
    {
        string? value = null;
        bool present = labels is not null && labels.TryGetValue(Key, out value);
        return Operator switch
        {
            "In" => present && Values?.Contains(value!) == true,
            "NotIn" => !present || Values?.Contains(value!) != true,
            "Exists" => present,
            "DoesNotExist" => !present,
            _ => false,
        };
    }
}
