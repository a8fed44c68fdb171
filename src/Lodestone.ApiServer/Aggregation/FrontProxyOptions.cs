namespace Lodestone.ApiServer.Aggregation;

/// <summary>Whom to take for the front proxy, where that isn't to be read from the cluster.</summary>
public sealed record FrontProxyOptions
{
    /// <summary>CAs of the proxy's client certificate, PEM; read again when it changes.</summary>
    public required string AuthorityFile { get; init; }

    /// <summary>Common names it may have; empty: any.</summary>
    public IReadOnlyList<string> AllowedNames { get; init; } = [];

    /// <summary>Headers that may carry the user's name; the first that is there counts.</summary>
    public IReadOnlyList<string> UserHeaders { get; init; } = ["X-Remote-User"];

    /// <summary>Headers that carry the user's groups.</summary>
    public IReadOnlyList<string> GroupHeaders { get; init; } = ["X-Remote-Group"];

    /// <summary>What headers of further attributes begin with.</summary>
    public IReadOnlyList<string> ExtraPrefixes { get; init; } = ["X-Remote-Extra-"];
}
