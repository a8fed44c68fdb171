using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Lodestone.Api.Cluster;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Resources;

namespace Lodestone.Controllers.Services;

/// <summary>Which Services are ours, and what is made for them under which names. Pure.</summary>
internal static class ServiceNames
{
    /// <summary>The <c>spec.loadBalancerClass</c> that asks for us.</summary>
    internal const string Class = "lodestone.dev/lb";

    /// <summary>Keeps a Service until its load balancer is gone. Kubernetes' own name, which every implementation uses.</summary>
    internal const string Finalizer = "service.kubernetes.io/load-balancer-cleanup";

    /// <summary>The Network that all load balancers for Services of a namespace belong to.</summary>
    internal const string Network = "lodestone-services";

    /// <summary>Label of what is made for Services. Its value is the Service's name; empty on the Network, which is for all.</summary>
    internal const string Label = "lodestone.dev/service";

    private const int MaxLabel = 63;
    private const string Prefix = "svc-";

    /// <summary>Whether we are to serve it.</summary>
    internal static bool IsOurs(Service service) => service.Spec is { Type: "LoadBalancer", LoadBalancerClass: Class };

    /// <summary>Name of the LoadBalancer, LoadBalancerRouting and LoadBalancerPolicy made for a Service: a DNS label, also where the Service's name takes all of one.</summary>
    internal static string LoadBalancerOf(string service)
    {
        string name = Prefix + service;
        if (name.Length <= MaxLabel)
        {
            return name;
        }

        string hash = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(service)).ToString("x16", CultureInfo.InvariantCulture)[..8];
        return $"{name[..(MaxLabel - 9)]}-{hash}";
    }

    /// <summary>The LoadBalancer made for a Service.</summary>
    internal static ObjectKey LoadBalancerOf(Service service) => new(service.Metadata.Namespace ?? "", LoadBalancerOf(service.Metadata.Name ?? ""));

    /// <summary>The Service that something was made for.</summary>
    internal static IEnumerable<ObjectKey> ServiceOf(KubernetesObject made) =>
        made.Metadata.Controller is { ApiVersion: "v1", Kind: "Service" } owner ? [new ObjectKey(made.Metadata.Namespace ?? "", owner.Name)] : [];

    /// <summary>The Service whose endpoints a slice has.</summary>
    internal static IEnumerable<ObjectKey> ServiceOf(EndpointSlice slice) => slice.Metadata.Labels?.TryGetValue(EndpointSlice.ServiceLabel, out string? service) == true
        ? [new ObjectKey(slice.Metadata.Namespace ?? "", service)]
        : [];

    /// <summary>Makes an object the Service's, or the load balancer's.</summary>
    internal static OwnerReference Owner(KubernetesObject owner)
    {
        ResourceDefinition definition = ResourceDefinitions.Of(owner.GetType());
        return new OwnerReference
        {
            ApiVersion = definition.ApiVersion,
            Kind = definition.Kind,
            Name = owner.Metadata.Name ?? "",
            Uid = owner.Metadata.Uid ?? "",
            Controller = true,
        };
    }

    /// <summary>Whether a load balancer was made for exactly this Service.</summary>
    internal static bool IsMadeFor(LoadBalancer lb, Service service) => lb.Metadata.Controller is { Kind: "Service" } owner && owner.Uid == service.Metadata.Uid;
}
