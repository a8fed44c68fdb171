namespace Lodestone.Bpf.Bench;

/// <summary>The state of all slots, and what the flow table knows of the flows that are measured.</summary>
public enum FlowKnowledge
{
    /// <summary>The slots are stable: no table is read.</summary>
    Stable,

    /// <summary>The slots learn, and the flows are recorded.</summary>
    LearningRecorded,

    /// <summary>The slots learn, and every packet is of a flow that was never seen: it is recorded.</summary>
    LearningUnrecorded,

    /// <summary>The slots settle, and the flows are recorded.</summary>
    SettlingRecorded,

    /// <summary>The slots settle, and no flow is recorded.</summary>
    SettlingUnrecorded,
}
