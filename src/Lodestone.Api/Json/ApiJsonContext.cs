using System.Text.Json.Serialization;
using Lodestone.Api.Authentication;
using Lodestone.Api.Authorization;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Certificates;
using Lodestone.Api.Cluster;
using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Rbac;

namespace Lodestone.Api.Json;

/// <summary>Source-generated JSON for every kind: camelCase, absent instead of null, times in RFC 3339.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(Rfc3339Converter)])]
[JsonSerializable(typeof(Status))]
[JsonSerializable(typeof(LoadBalancer))]
[JsonSerializable(typeof(LoadBalancerRouting))]
[JsonSerializable(typeof(Network))]
[JsonSerializable(typeof(NetworkInterface))]
[JsonSerializable(typeof(Prefix))]
[JsonSerializable(typeof(PrefixAllocation))]
[JsonSerializable(typeof(AddressPool))]
[JsonSerializable(typeof(IPAddress))]
[JsonSerializable(typeof(NetworkID))]
[JsonSerializable(typeof(Host))]
[JsonSerializable(typeof(LoadBalancerRoutingSlice))]
[JsonSerializable(typeof(LoadBalancerPolicy))]
[JsonSerializable(typeof(Service))]
[JsonSerializable(typeof(EndpointSlice))]
[JsonSerializable(typeof(Node))]
[JsonSerializable(typeof(BGPPeer))]
[JsonSerializable(typeof(Namespace))]
[JsonSerializable(typeof(Lease))]
[JsonSerializable(typeof(Event))]
[JsonSerializable(typeof(EventsEvent))]
[JsonSerializable(typeof(ConfigMap))]
[JsonSerializable(typeof(Secret))]
[JsonSerializable(typeof(ServiceAccount))]
[JsonSerializable(typeof(CertificateSigningRequest))]
[JsonSerializable(typeof(Role))]
[JsonSerializable(typeof(ClusterRole))]
[JsonSerializable(typeof(RoleBinding))]
[JsonSerializable(typeof(ClusterRoleBinding))]
[JsonSerializable(typeof(SelfSubjectReview))]
[JsonSerializable(typeof(TokenReview))]
[JsonSerializable(typeof(SelfSubjectAccessReview))]
[JsonSerializable(typeof(SelfSubjectRulesReview))]
[JsonSerializable(typeof(SubjectAccessReview))]
[JsonSerializable(typeof(LocalSubjectAccessReview))]
[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(KubernetesList<LoadBalancer>))]
[JsonSerializable(typeof(KubernetesList<LoadBalancerRouting>))]
[JsonSerializable(typeof(KubernetesList<Network>))]
[JsonSerializable(typeof(KubernetesList<NetworkInterface>))]
[JsonSerializable(typeof(KubernetesList<Prefix>))]
[JsonSerializable(typeof(KubernetesList<PrefixAllocation>))]
[JsonSerializable(typeof(KubernetesList<AddressPool>))]
[JsonSerializable(typeof(KubernetesList<IPAddress>))]
[JsonSerializable(typeof(KubernetesList<NetworkID>))]
[JsonSerializable(typeof(KubernetesList<Host>))]
[JsonSerializable(typeof(KubernetesList<LoadBalancerRoutingSlice>))]
[JsonSerializable(typeof(KubernetesList<LoadBalancerPolicy>))]
[JsonSerializable(typeof(KubernetesList<Service>))]
[JsonSerializable(typeof(KubernetesList<EndpointSlice>))]
[JsonSerializable(typeof(KubernetesList<Node>))]
[JsonSerializable(typeof(KubernetesList<BGPPeer>))]
[JsonSerializable(typeof(KubernetesList<Namespace>))]
[JsonSerializable(typeof(KubernetesList<Lease>))]
[JsonSerializable(typeof(KubernetesList<Event>))]
[JsonSerializable(typeof(KubernetesList<EventsEvent>))]
[JsonSerializable(typeof(KubernetesList<ConfigMap>))]
[JsonSerializable(typeof(KubernetesList<Secret>))]
[JsonSerializable(typeof(KubernetesList<ServiceAccount>))]
[JsonSerializable(typeof(KubernetesList<CertificateSigningRequest>))]
[JsonSerializable(typeof(KubernetesList<Role>))]
[JsonSerializable(typeof(KubernetesList<ClusterRole>))]
[JsonSerializable(typeof(KubernetesList<RoleBinding>))]
[JsonSerializable(typeof(KubernetesList<ClusterRoleBinding>))]
public sealed partial class ApiJsonContext : JsonSerializerContext;
