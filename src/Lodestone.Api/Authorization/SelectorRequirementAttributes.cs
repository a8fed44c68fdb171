namespace Lodestone.Api.Authorization;

/// <summary>One requirement of a selector of a request.</summary>
public sealed class SelectorRequirementAttributes
{
    /// <summary>Field or label.</summary>
    public string? Key { get; set; }
    /// <summary>In, NotIn, Exists or DoesNotExist.</summary>
    public string? Operator { get; set; }
    /// <summary>Values for In and NotIn.</summary>
    public List<string>? Values { get; set; }
}
