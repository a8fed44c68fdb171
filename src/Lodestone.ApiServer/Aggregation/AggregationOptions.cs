namespace Lodestone.ApiServer.Aggregation;

/// <summary>How a server runs behind a cluster's kube-apiserver. Defaults are those of Kubernetes' own library for such servers.</summary>
public sealed record AggregationOptions
{
    /// <summary>How to reach the cluster, and as whom; null: as the pod's service account.</summary>
    public string? KubeconfigFile { get; init; }

    /// <summary>The serving certificate and its chain, PEM; read again when it changes. Null, with <see cref="KeyFile"/>: one issued by the data directory's CA.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>The serving certificate's key, PEM.</summary>
    public string? KeyFile { get; init; }

    /// <summary>CAs of clients that come directly, PEM; null: those the cluster tells.</summary>
    public string? ClientAuthorityFile { get; init; }

    /// <summary>Whom to take for the front proxy; null: whom the cluster tells.</summary>
    public FrontProxyOptions? FrontProxy { get; init; }

    /// <summary>How long the cluster's word about a token counts.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a permission counts.</summary>
    public TimeSpan AllowedLifetime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a refusal counts.</summary>
    public TimeSpan DeniedLifetime { get; init; } = TimeSpan.FromSeconds(10);
}
