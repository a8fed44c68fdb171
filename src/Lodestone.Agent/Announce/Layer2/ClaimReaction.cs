namespace Lodestone.Agent.Announce.Layer2;

/// <summary>What to do about a claim of somebody else.</summary>
internal enum ClaimReaction
{
    /// <summary>Nothing: it is not about an address of ours, or answered already.</summary>
    None,

    /// <summary>Say once more that the address is here.</summary>
    Defend,

    /// <summary>The same, once the interval of defences is over: he has claimed it again since we said it.</summary>
    DefendLater,

    /// <summary>Stop answering for the address, at once.</summary>
    Yield,
}
