namespace Lodestone.Client.Http;

/// <summary>How an <see cref="ApiClient"/> behaves.</summary>
public sealed record ApiClientOptions
{
    /// <summary>What the server's audit log calls us.</summary>
    public string UserAgent { get; init; } = "lodestone";

    /// <summary>The field manager our writes are recorded under; null: the server derives one from the user agent.</summary>
    public string? FieldManager { get; init; }

    /// <summary>How long an answer may take; a watch is only held to it until its headers are there.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
