namespace Lodestone.Agent.Heartbeat;

/// <summary>What a machine says about itself in its Host.</summary>
internal sealed record HostFacts
{
    public required string Name { get; init; }

    public required IReadOnlyList<string> Roles { get; init; }

    public required IReadOnlyList<string> UnderlayAddresses { get; init; }

    public required string UnderlayPrefix { get; init; }

    /// <summary>Whether the uplink has a link partner.</summary>
    public required bool HasCarrier { get; init; }

    /// <summary>How many addresses it announces on the segment; null where it is no gateway.</summary>
    public int? AnnouncedAddresses { get; init; }

    public required int MtuBytes { get; init; }

    /// <summary>Ways on which less fits than the uplink takes, each in words.</summary>
    public IReadOnlyList<string> NarrowPaths { get; init; } = [];

    public required IReadOnlyList<string> KernelFeatures { get; init; }

    /// <summary>The certificate that the agent renews; null where it renews none.</summary>
    public CertificateStatus? Certificate { get; init; }

    /// <summary>Reason and message of whether the API is heard of (<see cref="ApiFreshness"/>).</summary>
    public (string Reason, string Message) Freshness { get; init; } = (ApiFreshness.Current, "the API is heard of");

    /// <summary>Of all public VIPs; null without any.</summary>
    public string? TableFingerprint { get; init; }
}
