namespace Lodestone.Datapath.Trace;

/// <summary>Why a packet takes the real it takes, of those that its slot knows.</summary>
public enum SlotDecision
{
    /// <summary>The slot is stable: its owner.</summary>
    Owner,

    /// <summary>The packet starts a flow in a slot in transition: the current owner.</summary>
    StartsFlow,

    /// <summary>The packet starts a flow in a learning slot, whose flow table has no place for it: the previous owner, as for the flow's next packets.</summary>
    NoPlace,

    /// <summary>The flow is recorded: where the record says.</summary>
    Recorded,

    /// <summary>An unrecorded flow of a learning slot: the previous owner.</summary>
    PreviousOwner,

    /// <summary>An unrecorded flow of a learning slot whose previous owner is dead: the current owner.</summary>
    PreviousOwnerDead,

    /// <summary>An unrecorded UDP flow of a learning slot, of a VIP where those are new ones: the current owner.</summary>
    UdpIsNew,

    /// <summary>An unrecorded flow of a settling slot: the current owner.</summary>
    Unrecorded,

    /// <summary>The flow's client is recorded, and slots go by clients: where that record says.</summary>
    ClientRecorded,

    /// <summary>The packet starts a flow of a client that nobody has seen since the slot's owner changed, a short while ago: the previous owner.</summary>
    ClientMayBeOlder,
}
