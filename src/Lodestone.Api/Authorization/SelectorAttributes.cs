namespace Lodestone.Api.Authorization;

/// <summary>A selector of a request (authorization/v1 FieldSelectorAttributes, LabelSelectorAttributes). It restricts a question; answers here don't depend on it.</summary>
public sealed class SelectorAttributes
{
    /// <summary>As it stands in the query.</summary>
    public string? RawSelector { get; set; }
    /// <summary>As it was read.</summary>
    public List<SelectorRequirementAttributes>? Requirements { get; set; }
}
