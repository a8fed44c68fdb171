using Lodestone.Api.Meta;

namespace Lodestone.Api.Platform;

/// <summary>One allocated address. Cluster scope. Its name is the address (see <c>IPAddressName</c>), so that the store's uniqueness is the lock.</summary>
public sealed class IPAddress : KubernetesObject
{
    /// <summary>The address and who holds it.</summary>
    public IPAddressSpec Spec { get; set; } = new();
    /// <summary>Whether it is being given back.</summary>
    public IPAddressStatus? Status { get; set; }
}
