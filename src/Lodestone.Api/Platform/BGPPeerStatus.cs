namespace Lodestone.Api.Platform;

/// <summary>What became of the sessions with a router.</summary>
public sealed class BGPPeerStatus
{
    /// <summary>One for each host that speaks with it; written by that host's agent, and by the controllers where that is silent or its Host gone.</summary>
    public List<BGPSession>? Sessions { get; set; }
}
