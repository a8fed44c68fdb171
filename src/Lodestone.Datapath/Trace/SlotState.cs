namespace Lodestone.Datapath.Trace;

/// <summary>What a slot of a ring is in the middle of.</summary>
public enum SlotState
{
    /// <summary>No state is kept: the slot's owner takes every packet.</summary>
    Stable,

    /// <summary>The owner has changed: what starts goes to the new one, what exists to the old one, and flows are recorded.</summary>
    Learning,

    /// <summary>The window is over: recorded flows stay with their real, all others are the owner's.</summary>
    Settling,
}
