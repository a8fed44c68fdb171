using Lodestone.Api.Platform;

namespace Lodestone.Agent.Announce.Bgp;

/// <summary>What a host says of its session in a BGPPeer's status. Pure.</summary>
internal static class BgpSessionReport
{
    /// <summary>The entry.</summary>
    /// <param name="hostName">Name of the Host.</param>
    /// <param name="peer">The BGPPeer.</param>
    /// <param name="neighbor">What was made of it; null: nothing.</param>
    /// <param name="state">What the daemon says; null: nothing yet.</param>
    /// <param name="problem">What keeps it from being made as wanted; null: nothing.</param>
    /// <param name="isShuttingDown">Whether routes say that they will go.</param>
    /// <param name="flaps">How often it ended lately.</param>
    public static BGPSession EntryOf(
        string hostName, BGPPeer peer, BgpNeighbor? neighbor, BgpNeighborState? state, BgpProblem? problem, bool isShuttingDown, int flaps)
    {
        bool isUp = state?.IsEstablished == true;
        BgpProblem says = problem ?? (isUp ? Up(isShuttingDown, flaps) : Down(peer.Spec, neighbor, state));
        return new BGPSession
        {
            Host = hostName,
            State = isUp ? BGPSessionStates.Established : neighbor is null || says.Reason == BgpReasons.DaemonFailed ? BGPSessionStates.Failed : BGPSessionStates.Connecting,
            Reason = says.Reason,
            Message = says.Message,
            PrefixesAnnounced = state?.PrefixesAnnounced ?? 0,
            Bfd = neighbor?.Bfd is null ? null : state?.IsBfdUp == true ? "Up" : "Down",
            ObservedGeneration = peer.Metadata.Generation,
        };
    }

    /// <summary>Whether two entries say the same, but for when.</summary>
    public static bool Same(BGPSession? one, BGPSession? other) =>
        one is null || other is null
            ? one is null && other is null
            : one.Host == other.Host
            && one.State == other.State
            && one.Reason == other.Reason
            && one.Message == other.Message
            && one.PrefixesAnnounced == other.PrefixesAnnounced
            && one.Bfd == other.Bfd
            && one.ObservedGeneration == other.ObservedGeneration;

    private static BgpProblem Up(bool isShuttingDown, int flaps) => (isShuttingDown, flaps) switch
    {
        (true, _) => new(BgpReasons.ShuttingDown, "the routes carry GRACEFUL_SHUTDOWN (RFC 8326) and are withdrawn soon"),
        (_, >= FlapCounter.Limit) => new(
            BgpReasons.Flapping,
            $"the session is up, but ended at least {FlapCounter.Limit} times in {FlapCounter.Window.TotalMinutes:0} minutes: look at the link, the hold time and BFD's intervals"),
        _ => new(BgpReasons.Established, "the session is up"),
    };

    private static BgpProblem Down(BGPPeerSpec spec, BgpNeighbor? neighbor, BgpNeighborState? state)
    {
        if (state is null || neighbor is null)
        {
            return new BgpProblem(BgpReasons.Starting, "the session was configured just now");
        }

        string detail = state.Detail.Length == 0 ? "" : $" ({state.Detail})";
        string since = state.Detail.Length == 0 ? "" : $" since the session was ended{detail}";
        return state.Failure switch
        {
            BgpFailure.WrongAsn => new(
                BgpReasons.WrongASN, $"the two sides expect other autonomous systems{detail}: peerASN {spec.PeerASN} and localASN {spec.LocalASN} must be what the router has"),
            BgpFailure.BfdDown => new(BgpReasons.BFDDown, $"BFD lost the router{detail}: the path is dead, or the router does not do BFD with this host"),
            BgpFailure.HoldTimeExpired => new(BgpReasons.HoldTimeExpired, $"nothing was heard for the hold time{detail}: the path is dead, or the router too busy"),
            BgpFailure.Refused => new(BgpReasons.Refused, $"the session was ended{detail}: the router may not know this host, or is shut down"),
            _ => new(
                BgpReasons.NoAnswer,
                spec.PasswordKey is null
                    ? $"no answer from {neighbor.Key} port {neighbor.Port}{since}: check address and route, and whether the router knows this host and wants a password"
                    : $"no answer from {neighbor.Key} port {neighbor.Port}{since}: check password and address (with another password than the router's nothing is answered)"),
        };
    }
}
