namespace Lodestone.Agent.Announce.Bgp;

/// <summary>Why a session is as it is: <c>status.sessions[].reason</c> of a BGPPeer.</summary>
internal static class BgpReasons
{
    /// <summary>It is up.</summary>
    public const string Established = "Established";

    /// <summary>It is up, and its routes say that they will go.</summary>
    public const string ShuttingDown = "ShuttingDown";

    /// <summary>It is up and ended several times in the last minutes.</summary>
    public const string Flapping = "Flapping";

    /// <summary>It was made just now.</summary>
    public const string Starting = "Starting";

    /// <summary>Nobody answers.</summary>
    public const string NoAnswer = "NoAnswer";

    /// <summary>One side expects another autonomous system.</summary>
    public const string WrongASN = "WrongASN";

    /// <summary>BFD lost the router.</summary>
    public const string BFDDown = "BFDDown";

    /// <summary>Silence for the hold time.</summary>
    public const string HoldTimeExpired = "HoldTimeExpired";

    /// <summary>The router ended or refused it.</summary>
    public const string Refused = "Refused";

    /// <summary>The Secret has no such password, or no possible one.</summary>
    public const string PasswordMissing = "PasswordMissing";

    /// <summary>The host speaks for another autonomous system already.</summary>
    public const string LocalASNConflict = "LocalASNConflict";

    /// <summary>Another BGPPeer has the same router.</summary>
    public const string PeerConflict = "PeerConflict";

    /// <summary>The daemon can't do it.</summary>
    public const string NotSupported = "NotSupported";

    /// <summary>The daemon is missing, does not start or refuses.</summary>
    public const string DaemonFailed = "DaemonFailed";
}
