using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;

namespace Lodestone.Datapath.Trace;

/// <summary>The slot of the ring that a packet's flow falls into, and what is made of it.</summary>
/// <param name="Index">The slot, from 0.</param>
/// <param name="Size">Slots of the ring.</param>
/// <param name="State">What it is in the middle of.</param>
/// <param name="Current">Index of its owner; 0 is none.</param>
/// <param name="Previous">Index of its former owner, where <paramref name="State"/> is not <see cref="SlotState.Stable"/>; else 0.</param>
/// <param name="Decision">Why <paramref name="Real"/> takes the packet.</param>
/// <param name="Real">Index of the real that takes it; 0 is none.</param>
/// <param name="Flow">The flow's record; null where it has none, or where the slot is stable and records are not looked at.</param>
/// <param name="IdleUnits">How long ago the record was refreshed, in units of 2^<see cref="FlowBucket.AgeShift"/> ns; 0 without a record.</param>
/// <param name="WritesFlow">Whether the packet, if it really came, would write the flow table.</param>
public sealed record SlotExplanation(
    uint Index,
    uint Size,
    SlotState State,
    uint Current,
    uint Previous,
    SlotDecision Decision,
    uint Real,
    FlowEntry? Flow,
    int IdleUnits,
    bool WritesFlow);
