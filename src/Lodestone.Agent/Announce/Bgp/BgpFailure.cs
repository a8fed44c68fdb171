namespace Lodestone.Agent.Announce.Bgp;

/// <summary>Why there is no session.</summary>
public enum BgpFailure
{
    /// <summary>Nobody answers: a wrong address, a router that does not speak BGP with us, or another password.</summary>
    NoAnswer,

    /// <summary>One side expects another autonomous system (OPEN message error, bad peer AS).</summary>
    WrongAsn,

    /// <summary>BFD lost the router.</summary>
    BfdDown,

    /// <summary>Silence for the hold time.</summary>
    HoldTimeExpired,

    /// <summary>The router ended the session or refused it, with a notification.</summary>
    Refused,
}
