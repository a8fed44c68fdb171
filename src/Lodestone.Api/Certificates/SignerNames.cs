namespace Lodestone.Api.Certificates;

/// <summary>Who signs certificates.</summary>
public static class SignerNames
{
    /// <summary>Signs client certificates of node agents; Lodestone's own API server does.</summary>
    public const string Agent = "lodestone.dev/agent";

    /// <summary>Signs client certificates of a cluster; only who runs the cluster.</summary>
    public const string KubeApiServerClient = "kubernetes.io/kube-apiserver-client";
}
