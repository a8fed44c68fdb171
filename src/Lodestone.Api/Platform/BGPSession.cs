namespace Lodestone.Api.Platform;

/// <summary>One host's session with a router.</summary>
public sealed class BGPSession
{
    /// <summary>Name of the Host.</summary>
    public string Host { get; set; } = "";
    /// <summary><see cref="BGPSessionStates"/>.</summary>
    public string State { get; set; } = "";
    /// <summary>Why, in one CamelCase word.</summary>
    public string? Reason { get; set; }
    /// <summary>Why, and what to do, for a person.</summary>
    public string? Message { get; set; }
    /// <summary>When the state last changed.</summary>
    public DateTimeOffset? LastTransitionTime { get; set; }
    /// <summary>Addresses that the router has been told of, of both families.</summary>
    public int? PrefixesAnnounced { get; set; }
    /// <summary>State of the BFD session, <c>Up</c> or <c>Down</c>; absent without BFD.</summary>
    public string? Bfd { get; set; }
    /// <summary>The peer's <c>metadata.generation</c> that the session was made from.</summary>
    public long? ObservedGeneration { get; set; }
}
