using Lodestone.Api.Meta;

namespace Lodestone.Api.Platform;

/// <summary>A machine that runs an agent. Cluster scope; registered by its agent and kept alive by a Lease of the same name in namespace <c>lodestone-system</c>.</summary>
public sealed class Host : KubernetesObject
{
    /// <summary>What the machine is configured as.</summary>
    public HostSpec Spec { get; set; } = new();
    /// <summary>What its agent found.</summary>
    public HostStatus? Status { get; set; }
}
