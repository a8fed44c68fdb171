namespace Lodestone.Cli.Lab;

/// <summary>A workload behind a network interface of a host.</summary>
internal sealed class LabWorkload : LabNode
{
    /// <summary>The host it is attached to.</summary>
    public required LabHost Host { get; init; }

    /// <summary>Name of the host's end, the NIC device.</summary>
    public string HostDevice => Name;

    /// <summary>What a NetworkInterface says to be this one.</summary>
    public string ProviderId => $"lodestone://{Host.Name}/{HostDevice}";
}
