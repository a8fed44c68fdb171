using Lodestone.Api.Meta;

namespace Lodestone.Api.Platform;

/// <summary>One allocated VNI. Cluster scope. Its name is the number.</summary>
public sealed class NetworkID : KubernetesObject
{
    /// <summary>Who holds it.</summary>
    public NetworkIDSpec Spec { get; set; } = new();
}
