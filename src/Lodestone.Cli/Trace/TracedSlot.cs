using Lodestone.Datapath.Trace;

namespace Lodestone.Cli.Trace;

/// <summary>The slot of the ring, in a report.</summary>
/// <param name="Index">Which, from 0.</param>
/// <param name="Size">Of how many.</param>
/// <param name="State">What it is in the middle of.</param>
/// <param name="Current">Index of the owner; 0 is none.</param>
/// <param name="Previous">Index of the former owner; null in a stable slot.</param>
/// <param name="Decision">Why the packet goes where it goes.</param>
/// <param name="Record">The flow's record; null where there is none.</param>
/// <param name="Owned">How many slots the target owns: its share of new flows.</param>
/// <param name="WritesFlow">Whether a packet from the wire would write the flow table.</param>
internal sealed record TracedSlot(
    uint Index, uint Size, SlotState State, uint Current, uint? Previous, SlotDecision Decision, TracedRecord? Record, int Owned, bool WritesFlow);
