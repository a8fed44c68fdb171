namespace Lodestone.Agent.Heartbeat;

/// <summary>What a machine says about itself in its Host.</summary>
internal sealed record HostFacts
{
    public required string Name { get; init; }

    public required IReadOnlyList<string> Roles { get; init; }

    public required string UnderlayAddress { get; init; }

    public required string UnderlayPrefix { get; init; }

    public required int MtuBytes { get; init; }

    public required IReadOnlyList<string> KernelFeatures { get; init; }
}
