using Lodestone.Client.Certificates;

namespace Lodestone.Cli.Joining;

/// <summary>What <c>lodestone agent join</c> was told.</summary>
internal sealed record JoinOptions
{
    /// <summary>The API server.</summary>
    public required Uri Server { get; init; }

    /// <summary>Shows that the machine may join.</summary>
    public required BootstrapToken Token { get; init; }

    /// <summary>The public key of the server's CA has one of these hashes.</summary>
    public required IReadOnlyList<PublicKeyPin> Pins { get; init; }

    /// <summary>Name of the machine's Host.</summary>
    public required string HostName { get; init; }

    /// <summary>Where the agent's kubeconfig is written.</summary>
    public required string Kubeconfig { get; init; }

    /// <summary>Where the key is written that flows are hashed under.</summary>
    public required string FlowHashKeyFile { get; init; }

    /// <summary>How long to wait for the certificate.</summary>
    public required TimeSpan Timeout { get; init; }
}
