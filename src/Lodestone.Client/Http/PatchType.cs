namespace Lodestone.Client.Http;

/// <summary>How a patch is to be read.</summary>
public enum PatchType
{
    /// <summary>JSON merge patch (RFC 7386): members replace, null removes, lists are replaced whole.</summary>
    Merge,

    /// <summary>JSON patch (RFC 6902): a list of operations.</summary>
    Json,

    /// <summary>Server-side apply: the fields the sender wants to own, all of them each time. The body is JSON.</summary>
    Apply,
}
