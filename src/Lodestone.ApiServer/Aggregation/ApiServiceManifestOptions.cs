namespace Lodestone.ApiServer.Aggregation;

/// <summary>How an aggregated server is reached from the cluster it is registered with.</summary>
public sealed record ApiServiceManifestOptions
{
    /// <summary>Namespace of its Service and ServiceAccount.</summary>
    public string Namespace { get; init; } = "lodestone-system";

    /// <summary>Name of its Service and ServiceAccount; its certificate must be valid for <c>SERVICE.NAMESPACE.svc</c>.</summary>
    public string Service { get; init; } = "lodestone-apiserver";

    /// <summary>The port it listens on.</summary>
    public int Port { get; init; } = 6443;

    /// <summary>CAs of its certificate, PEM; null: kube-apiserver takes any certificate.</summary>
    public string? AuthorityPem { get; init; }

    /// <summary>DNS name at which it is reached when it runs outside the cluster; null: it runs in pods.</summary>
    public string? ExternalName { get; init; }
}
