namespace Lodestone.Cli.Demo.Report;

/// <summary>How one target did.</summary>
internal sealed record TargetReport
{
    /// <summary>Name of its NetworkInterface, and of its server.</summary>
    public required string Name { get; init; }

    /// <summary>The machine it is on.</summary>
    public required string Host { get; init; }

    /// <summary>Its answers over IPv4 before anything was changed.</summary>
    public required int Ipv4 { get; init; }

    /// <summary>Its answers over IPv6 before anything was changed.</summary>
    public required int Ipv6 { get; init; }

    /// <summary>Its answers on new connections after a target was added and one removed, both families.</summary>
    public required int NewConnectionsAfterChange { get; init; }

    /// <summary>Long-lived connections that it held to the end.</summary>
    public required int Connections { get; init; }
}
