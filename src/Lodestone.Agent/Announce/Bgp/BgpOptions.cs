namespace Lodestone.Agent.Announce.Bgp;

/// <summary>How this machine speaks BGP. Nothing is started before a BGPPeer selects it.</summary>
public sealed record BgpOptions
{
    /// <summary>Name of the file in <see cref="StateDirectory"/> that tells an agent that stops to leave all as it is, since another one follows.</summary>
    public const string HandOverFile = "hand-over";

    /// <summary>Which program speaks.</summary>
    public BgpDriverChoice Driver { get; init; }

    /// <summary>
    /// Where its sockets, pid and log files are. Of this machine alone, and the daemon's user's; that user must reach it. Gone after a reboot, as the
    /// processes are.
    /// </summary>
    public string StateDirectory { get; init; } = "/run/lodestone-bgp";

    /// <summary>How long routers have to move traffic away when the agent stops, between the graceful shutdown community (RFC 8326) and the withdrawal.</summary>
    public TimeSpan ShutdownTime { get; init; } = TimeSpan.FromSeconds(5);
}
