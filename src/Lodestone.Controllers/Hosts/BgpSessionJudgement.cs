using Lodestone.Api.Platform;

namespace Lodestone.Controllers.Hosts;

/// <summary>What may still be said of sessions whose hosts' agents say nothing any more. Pure.</summary>
/// <remarks>
/// A daemon goes on without its agent (a crash, an upgrade), and dies with its machine: which of both it is nobody knows but the router, so the session is
/// neither up nor down. The agent writes the whole entry again when it is back.
/// </remarks>
internal static class BgpSessionJudgement
{
    internal const string AgentSilent = "AgentSilent";

    /// <summary>Hosts of sessions that are to be changed.</summary>
    /// <param name="sessions">The sessions of a BGPPeer.</param>
    /// <param name="find">Finds a Host; null: it doesn't exist.</param>
    internal static IEnumerable<string> Outdated(IReadOnlyList<BGPSession> sessions, Func<string, Host?> find) =>
        sessions.Where(session => find(session.Host) is not { } host || (IsSilent(host) && session.State != BGPSessionStates.Unknown)).Select(session => session.Host);

    /// <summary>Takes away sessions of hosts that are gone, and says of those of silent ones that nobody knows.</summary>
    /// <param name="status">The status of a BGPPeer.</param>
    /// <param name="find">Finds a Host; null: it doesn't exist.</param>
    /// <param name="now">The time.</param>
    internal static void Correct(BGPPeerStatus status, Func<string, Host?> find, DateTimeOffset now)
    {
        HashSet<string> outdated = [.. Outdated(status.Sessions ?? [], find)];
        foreach (BGPSession session in (status.Sessions ?? []).Where(session => outdated.Contains(session.Host)))
        {
            session.Message =
                $"the agent of Host {session.Host} no longer renews its Lease; last it was {session.State} ({session.Reason}), and BGP goes on without the agent where the machine is up: ask the router, start the agent, or delete the Host";
            session.State = BGPSessionStates.Unknown;
            session.Reason = AgentSilent;
            session.LastTransitionTime = now;
            session.PrefixesAnnounced = null;
            session.Bfd = null;
        }

        status.Sessions?.RemoveAll(session => find(session.Host) is null);
        if (status.Sessions is { Count: 0 })
        {
            status.Sessions = null;
        }
    }

    /// <summary>Whether the Host's Lease has lapsed.</summary>
    internal static bool IsSilent(Host host) => host.Status?.Conditions.Of("Ready") is { Status: "False", Reason: HostController.LeaseExpired };
}
