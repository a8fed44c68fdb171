namespace Lodestone.Client.Http;

/// <summary>What part of a collection is wanted.</summary>
public sealed record ListOptions
{
    /// <summary>The namespace; null: all.</summary>
    public string? Namespace { get; init; }

    /// <summary>Label selector in its text form; null: everything.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Field selector in its text form; null: everything.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>Most items on a page; null: all on one page.</summary>
    public int? Limit { get; init; }

    /// <summary>Token of the page before; null: the first page.</summary>
    public string? Continue { get; init; }

    /// <summary>Null: the latest; <c>0</c>: whatever the server has at hand; else at least as fresh as this.</summary>
    public string? ResourceVersion { get; init; }
}
