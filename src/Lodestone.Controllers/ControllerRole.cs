using Lodestone.Api.BuiltIn;
using Lodestone.Api.Networking;
using Lodestone.Api.Rbac;
using Lodestone.Client.Leases;
using Lodestone.Controllers.Access;
using Lodestone.Controllers.Addresses;
using Lodestone.Controllers.Collection;
using Lodestone.Controllers.Hosts;
using Lodestone.Controllers.Ipam;
using Lodestone.Controllers.LoadBalancers;
using Lodestone.Controllers.Networks;
using Lodestone.Controllers.Policies;
using Lodestone.Controllers.Routing;
using Lodestone.Controllers.Services;

namespace Lodestone.Controllers;

/// <summary>What the controllers may do: made from what each of them declares.</summary>
public static class ControllerRole
{
    /// <summary>The controllers and what they declare, by their types.</summary>
    internal static IReadOnlyDictionary<Type, Permissions> Declared { get; } = new Dictionary<Type, Permissions>
    {
        [typeof(AddressController)] = Of<AddressController>(),
        [typeof(AddressQueueController)] = Of<AddressQueueController>(),
        [typeof(AddressReleaseController)] = Of<AddressReleaseController>(),
        [typeof(BgpSessionController)] = Of<BgpSessionController>(),
        [typeof(EphemeralPrefixController<LoadBalancer>)] = Of<EphemeralPrefixController<LoadBalancer>>(),
        [typeof(EphemeralPrefixController<NetworkInterface>)] = Of<EphemeralPrefixController<NetworkInterface>>(),
        [typeof(GarbageCollector)] = Of<GarbageCollector>(),
        [typeof(HostController)] = Of<HostController>(),
        [typeof(InterfaceEvictionController)] = Of<InterfaceEvictionController>(),
        [typeof(LoadBalancerDeletionController)] = Of<LoadBalancerDeletionController>(),
        [typeof(LoadBalancerStatusController)] = Of<LoadBalancerStatusController>(),
        [typeof(NetworkController)] = Of<NetworkController>(),
        [typeof(NetworkIDReleaseController)] = Of<NetworkIDReleaseController>(),
        [typeof(NetworkPeeringController)] = Of<NetworkPeeringController>(),
        [typeof(PolicyController)] = Of<PolicyController>(),
        [typeof(PoolController)] = Of<PoolController>(),
        [typeof(PrefixAllocationController)] = Of<PrefixAllocationController>(),
        [typeof(PrefixAllocator)] = Of<PrefixAllocator>(),
        [typeof(PrefixController)] = Of<PrefixController>(),
        [typeof(RoutingController)] = Of<RoutingController>(),
        [typeof(ServiceController)] = Of<ServiceController>(),
    };

    /// <summary>What the manager around them does: it holds the Lease of the leader and writes Events.</summary>
    internal static Permissions Manager { get; } = Permissions.None
        .With(Api.Resources.ResourceDefinitions.Of<Namespace>(), null, null, "get")
        .With(Api.Resources.ResourceDefinitions.Of<Lease>(), null, LeaseOptions.SystemNamespace, "get", "list", "watch", "create", "update")
        .With(Api.Resources.ResourceDefinitions.Of<Event>(), null, null, "get", "create", "patch");

    /// <summary>What they do in all namespaces and to objects of cluster scope.</summary>
    /// <param name="withServices">Whether Services may be served: where no such kind is, nobody needs what that takes.</param>
    public static IReadOnlyList<PolicyRule> ClusterRules(bool withServices = true) => Rules(p => p.Namespace is null, withServices);

    /// <summary>What they do in the namespace <c>lodestone-system</c> beside that.</summary>
    public static IReadOnlyList<PolicyRule> SystemRules() => Rules(p => p.Namespace is not null, withServices: true);

    private static Permissions Of<T>()
        where T : IDeclaresPermissions => T.Permissions;

    private static PolicyRule[] Rules(Func<Permission, bool> where, bool withServices)
    {
        IEnumerable<Permission> all = Declared.Where(d => withServices || d.Key != typeof(ServiceController)).Select(d => d.Value).Append(Manager).SelectMany(p => p.All).Where(where);
        var resources = all.GroupBy(p => (p.Definition.Group, p.Resource)).Select(r => (
            r.Key.Group,
            r.Key.Resource,
            Verbs: string.Join(' ', r.Select(p => p.Verb).Distinct().Order(StringComparer.Ordinal))));
        return [.. resources
            .GroupBy(r => (r.Group, r.Verbs))
            .OrderBy(g => g.Key.Group, StringComparer.Ordinal)
            .ThenBy(g => g.Key.Verbs, StringComparer.Ordinal)
            .Select(g => new PolicyRule
            {
                ApiGroups = [g.Key.Group],
                Resources = [.. g.Select(r => r.Resource).Order(StringComparer.Ordinal)],
                Verbs = [.. g.Key.Verbs.Split(' ')],
            })];
    }
}
