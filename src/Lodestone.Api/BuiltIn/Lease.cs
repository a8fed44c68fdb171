using Lodestone.Api.Meta;

namespace Lodestone.Api.BuiltIn;

/// <summary>A heartbeat or a lock (coordination.k8s.io/v1).</summary>
public sealed class Lease : KubernetesObject
{
    /// <summary>Who holds it and until when.</summary>
    public LeaseSpec? Spec { get; set; }
}
