using Lodestone.Api.Cluster;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;

namespace Lodestone.Controllers.Services;

/// <summary>The LoadBalancer that a Service wants. Pure.</summary>
internal static class ServiceLoadBalancers
{
    /// <summary>A new one.</summary>
    internal static LoadBalancer Build(Service service)
    {
        ObjectKey key = ServiceNames.LoadBalancerOf(service);
        var lb = new LoadBalancer
        {
            Metadata = new ObjectMeta { Namespace = key.Namespace, Name = key.Name, OwnerReferences = [ServiceNames.Owner(service)] },
            Spec = new LoadBalancerSpec { Type = "Public", NetworkRef = new LocalObjectReference { Name = ServiceNames.Network } },
        };
        Apply(lb, service);
        return lb;
    }

    /// <summary>Makes one say what the Service does. Its labels are the Service's, so that pools can select by them, and one with the Service's name.</summary>
    internal static void Apply(LoadBalancer lb, Service service)
    {
        lb.Metadata.Labels = new Dictionary<string, string>(service.Metadata.Labels ?? []) { [ServiceNames.Label] = service.Metadata.Name ?? "" };
        lb.Spec.NetworkInterfaceSelector = null;
        lb.Spec.IpFamilies = [.. service.Spec.IpFamilies is { Count: > 0 } families ? families : ["IPv4"]];
        lb.Spec.Ports = [.. (service.Spec.Ports ?? []).Select(p => new LoadBalancerPort { Protocol = p.Protocol ?? "TCP", Port = p.Port })];
    }

    /// <summary>What the Service asks for and nobody does.</summary>
    internal static IEnumerable<string> Ignored(Service service)
    {
        if (!string.IsNullOrEmpty(service.Spec.LoadBalancerIP))
        {
            yield return $"spec.loadBalancerIP: {service.Spec.LoadBalancerIP} is not honoured: addresses come from AddressPools; give the Service a label and an AddressPool of that address with a loadBalancerSelector";
        }
    }
}
