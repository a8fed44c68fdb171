using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Lodestone.Client.Informers;

namespace Lodestone.Controllers.Policies;

/// <summary>Which LoadBalancerPolicy counts for a load balancer: the oldest that names it and isn't being deleted.</summary>
internal sealed class PolicySelection(SharedInformer<LoadBalancerPolicy> policies)
{
    /// <summary>The one that counts; null where none names the load balancer.</summary>
    internal LoadBalancerPolicy? Of(ObjectKey loadBalancer) => Oldest(policies.ByIndex(Indexes.LoadBalancer, loadBalancer.ToString()));

    /// <summary>Policies that name the load balancer, whether they count or not.</summary>
    internal IEnumerable<ObjectKey> Naming(ObjectKey loadBalancer) => policies.ByIndex(Indexes.LoadBalancer, loadBalancer.ToString()).Select(p => p.Key);

    /// <summary>The oldest of some; of equally old ones the first by name.</summary>
    internal static LoadBalancerPolicy? Oldest(IEnumerable<LoadBalancerPolicy> candidates) => candidates
        .Where(p => !p.IsBeingDeleted)
        .OrderBy(p => p.Metadata.CreationTimestamp ?? DateTimeOffset.MaxValue)
        .ThenBy(p => p.Metadata.Name, StringComparer.Ordinal)
        .FirstOrDefault();
}
