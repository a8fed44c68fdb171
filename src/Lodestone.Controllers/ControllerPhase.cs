namespace Lodestone.Controllers;

/// <summary>What a process with controllers is doing.</summary>
public enum ControllerPhase
{
    /// <summary>It has not reached the API server yet.</summary>
    Connecting,

    /// <summary>It waits for the Lease: another leads.</summary>
    StandingBy,

    /// <summary>It leads and fills its caches.</summary>
    Syncing,

    /// <summary>It leads and acts on changes.</summary>
    Working,
}
