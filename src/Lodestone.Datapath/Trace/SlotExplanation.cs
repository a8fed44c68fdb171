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
/// <param name="Flow">The flow's record, or its client's where that decides; null where it has none, or where the slot is stable and records are not looked at.</param>
/// <param name="Idle">How long ago the record was refreshed, as far as its age tells: to half a second or to 34 s; zero without a record.</param>
/// <param name="Owned">How many slots of the ring <paramref name="Real"/> owns: its share of new flows.</param>
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
    TimeSpan Idle,
    int Owned,
    bool WritesFlow);
