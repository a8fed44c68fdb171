namespace Lodestone.Agent.Announce.Bgp;

/// <summary>What a daemon says of a session.</summary>
public sealed record BgpNeighborState
{
    /// <summary>Whether it is up.</summary>
    public bool IsEstablished { get; init; }

    /// <summary>How long it has been up; null: it is not.</summary>
    public TimeSpan? Uptime { get; init; }

    /// <summary>Routes that the router has been sent and that were not withdrawn.</summary>
    public int PrefixesAnnounced { get; init; }

    /// <summary>What BFD is configured with; null: there is none, or the daemon does not say.</summary>
    public BfdTiming? Bfd { get; init; }

    /// <summary>Whether BFD sees the router; null: there is no BFD session.</summary>
    public bool? IsBfdUp { get; init; }

    /// <summary>How often the session ended since the daemon started.</summary>
    public long Drops { get; init; }

    /// <summary>Why there is no session, as far as the daemon knows.</summary>
    public BgpFailure Failure { get; init; }

    /// <summary>The daemon's own words for it; empty: none.</summary>
    public string Detail { get; init; } = "";
}
