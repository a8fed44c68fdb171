namespace Lodestone.Client.Http;

/// <summary>What part of a collection is watched, and from when.</summary>
public sealed record WatchOptions
{
    /// <summary>The namespace; null: all.</summary>
    public string? Namespace { get; init; }

    /// <summary>Label selector in its text form; null: everything.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Field selector in its text form; null: everything.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>Changes after this version are sent.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>When the server ends the stream; null: when it likes.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Whether the server tells now and then how far the stream has come.</summary>
    public bool AllowBookmarks { get; init; } = true;
}
