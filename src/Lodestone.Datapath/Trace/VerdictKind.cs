namespace Lodestone.Datapath.Trace;

/// <summary>What kind of end a packet took.</summary>
public enum VerdictKind
{
    /// <summary>On its way to a target, or of a target's answer to the client.</summary>
    Forwarded,

    /// <summary>Answered by this machine.</summary>
    Answered,

    /// <summary>None of our business.</summary>
    LeftToKernel,

    /// <summary>Dropped.</summary>
    Dropped,
}
