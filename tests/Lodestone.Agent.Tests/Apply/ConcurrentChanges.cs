namespace Lodestone.Agent.Tests.Apply;

/// <summary>What changes from one state to the next.</summary>
public enum ConcurrentChanges
{
    /// <summary>VIPs, ports and targets; who leaves is dead.</summary>
    AtOnce,

    /// <summary>The same in windows: slots learn, flows are recorded, who leaves drains.</summary>
    InWindows,

    /// <summary>Ports and flags only, which frees nothing: no grace period is waited for.</summary>
    Ports,
}
