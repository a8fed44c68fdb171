namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>enum event_path</c>: how the target of a packet was found.</summary>
public enum EventPath : byte
{
    /// <summary>The slot is not in transition.</summary>
    Stable = 0,

    /// <summary>In transition: the current owner's, without a record.</summary>
    Current = 1,

    /// <summary>The previous owner's, without a record.</summary>
    Previous = 2,

    /// <summary>A record says the current owner.</summary>
    Followed = 3,

    /// <summary>Recorded by this packet.</summary>
    Recorded = 4,

    /// <summary>A record keeps it elsewhere than with the current owner.</summary>
    Pinned = 5,

    /// <summary>Was to be recorded and found no place.</summary>
    Unrecorded = 6,

    /// <summary>Its QUIC connection ID names the server: no slot was looked at.</summary>
    Named = 7,
}
