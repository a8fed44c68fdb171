namespace Lodestone.Agent.Announce.Layer2;

/// <summary>Who claims an address that this machine answers for.</summary>
internal enum Claimant
{
    /// <summary>None of ours.</summary>
    Stranger,

    /// <summary>Another gateway that is Ready and keeps its lease.</summary>
    Gateway,

    /// <summary>One that doesn't, which others take over from: its data path answers on until its agent is back or hears of them.</summary>
    LapsedGateway,

    /// <summary>None that is known, while a living gateway's link-layer address isn't: it may be that one.</summary>
    Unknown,
}
