namespace Lodestone.Agent.Heartbeat;

/// <summary>Condition types of a Host.</summary>
internal static class HostConditions
{
    /// <summary>The agent runs and the machine takes part.</summary>
    public const string Ready = "Ready";

    /// <summary>The agent's certificate is renewed in time; not there where the agent renews none.</summary>
    public const string CertificateRenewed = "CertificateRenewed";

    /// <summary>No router says that a packet to a target's machine was too large; not there until one did.</summary>
    public const string PathMtuSufficient = "PathMtuSufficient";

    /// <summary>The agent hears of changes in the API.</summary>
    public const string WatchesCurrent = "WatchesCurrent";

    /// <summary>The packet programs are attached.</summary>
    public const string DatapathReady = "DatapathReady";
}
