namespace Lodestone.Client.Http;

/// <summary>Conditions and consequences of a delete.</summary>
public sealed record DeleteOptions
{
    /// <summary>Delete only the object with this UID; another one: <c>Conflict</c>.</summary>
    public string? Uid { get; init; }

    /// <summary>Delete only this version of the object; another one: <c>Conflict</c>.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>What becomes of owned objects; null: the kind's default.</summary>
    public PropagationPolicy? Propagation { get; init; }
}
