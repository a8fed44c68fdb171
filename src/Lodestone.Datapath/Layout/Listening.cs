namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>enum listening</c>: which kinds of events somebody wants.</summary>
[Flags]
public enum Listening : ushort
{
    /// <summary>Nobody listens.</summary>
    None = 0,

    /// <summary><see cref="EventKind.Drop"/>.</summary>
    Drops = 1,

    /// <summary><see cref="EventKind.Transition"/>.</summary>
    Transitions = 2,

    /// <summary><see cref="EventKind.Sample"/>.</summary>
    Samples = 4,
}
