using Lodestone.Api.Cluster;
using Lodestone.Api.Meta;
using Lodestone.Api.Platform;

namespace Lodestone.Controllers.Tests.Services;

/// <summary>Services, nodes, endpoints and Hosts as a cluster has them.</summary>
internal static class Cases
{
    internal static Service Service(string name = "web", Action<ServiceSpec>? change = null)
    {
        var service = new Service
        {
            Metadata = new ObjectMeta { Namespace = "default", Name = name },
            Spec = new ServiceSpec
            {
                Type = "LoadBalancer",
                LoadBalancerClass = "lodestone.dev/lb",
                ExternalTrafficPolicy = "Cluster",
                SessionAffinity = "None",
                IpFamilies = ["IPv4", "IPv6"],
                Ports = [new ServicePort { Name = "http", Protocol = "TCP", Port = 80 }],
            },
        };
        change?.Invoke(service.Spec);
        return service;
    }

    internal static Node Node(string name, string ready = "True", params string[] labels) => new()
    {
        Metadata = new ObjectMeta { Name = name, Uid = name, Labels = labels.ToDictionary(l => l, _ => "") },
        Status = new NodeStatus { Conditions = [new NodeCondition { Type = "MemoryPressure", Status = "False" }, new NodeCondition { Type = "Ready", Status = ready }] },
    };

    internal static Host Host(string name, params string[] addresses) =>
        new() { Metadata = new ObjectMeta { Name = name }, Spec = new HostSpec { Roles = ["Gateway"], UnderlayAddresses = [.. addresses] } };

    /// <summary>A Host whose agent no longer renews its Lease.</summary>
    internal static Host Silent(string name, DateTimeOffset since) => new()
    {
        Metadata = new ObjectMeta { Name = name },
        Spec = new HostSpec { UnderlayAddresses = ["192.0.2.1"] },
        Status = new HostStatus { Conditions = [new Condition { Type = "Ready", Status = "False", Reason = "LeaseExpired", LastTransitionTime = since }] },
    };

    internal static EndpointSlice Slice(string service, params (string Node, bool? Ready, bool? Serving, bool? Terminating)[] endpoints) => new()
    {
        Metadata = new ObjectMeta
        {
            Namespace = "default",
            Name = $"{service}-abcde",
            Labels = new Dictionary<string, string> { ["kubernetes.io/service-name"] = service },
        },
        AddressType = "IPv4",
        Endpoints = [.. endpoints.Select((e, i) => new Endpoint
        {
            Addresses = [$"10.244.0.{i + 1}"],
            NodeName = e.Node,
            Conditions = new EndpointConditions { Ready = e.Ready, Serving = e.Serving, Terminating = e.Terminating },
        })],
    };
}
