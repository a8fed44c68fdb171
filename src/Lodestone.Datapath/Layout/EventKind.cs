namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>enum event_kind</c>: what an event is about, and the index of <c>event_control</c> and <c>event_limits</c>.</summary>
public enum EventKind : ushort
{
    /// <summary>A dropped packet.</summary>
    Drop = 0,

    /// <summary>A packet to a target that the flow table had a say in: <see cref="EventPath.Recorded"/> to <see cref="EventPath.Unrecorded"/>.</summary>
    Transition = 1,

    /// <summary>Any other packet to a target.</summary>
    Sample = 2,
}
