using Lodestone.Api.BuiltIn;
using Lodestone.Api.Certificates;
using Lodestone.Api.Cluster;
using Lodestone.Api.Ipam;
using Lodestone.Api.Json;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Rbac;

namespace Lodestone.Api.Resources;

/// <summary>Every kind that is served, and the kinds of a cluster that are used.</summary>
public static class ResourceDefinitions
{
    /// <summary>IronCore's networking group.</summary>
    public const string NetworkingGroup = "networking.ironcore.dev";

    /// <summary>IronCore's group of address ranges.</summary>
    public const string IpamGroup = "ipam.ironcore.dev";

    /// <summary>Our own group.</summary>
    public const string PlatformGroup = "lodestone.dev";

    /// <summary>Roles and their bindings.</summary>
    public const string RbacGroup = "rbac.authorization.k8s.io";

    /// <summary>Requests for certificates.</summary>
    public const string CertificatesGroup = "certificates.k8s.io";

    private const string Alpha = "v1alpha1";

    /// <summary><c>loadbalancers</c>.</summary>
    public static ResourceDefinition LoadBalancer { get; } = new()
    {
        Group = NetworkingGroup,
        Version = Alpha,
        Kind = "LoadBalancer",
        Plural = "loadbalancers",
        Singular = "loadbalancer",
        ShortNames = ["lb"],
        Categories = ["all"],
        IsNamespaced = true,
        HasStatus = true,
        TypeInfo = ApiJsonContext.Default.LoadBalancer,
        Schema = LoadBalancerSchema.Instance,
        Columns = NetworkingColumns.LoadBalancer,
        SelectableFields = SelectableField.Of("spec.type", "spec.networkRef.name"),
        Strategy = new LoadBalancerStrategy(),
    };

    /// <summary><c>loadbalancerroutings</c>.</summary>
    public static ResourceDefinition LoadBalancerRouting { get; } = new()
    {
        Group = NetworkingGroup,
        Version = Alpha,
        Kind = "LoadBalancerRouting",
        Plural = "loadbalancerroutings",
        Singular = "loadbalancerrouting",
        ShortNames = ["lbr", "lbrt"],
        Categories = ["all"],
        IsNamespaced = true,
        TypeInfo = ApiJsonContext.Default.LoadBalancerRouting,
        Schema = LoadBalancerRoutingSchema.Instance,
        Columns = NetworkingColumns.LoadBalancerRouting,
        SelectableFields = SelectableField.Of("networkRef.name", "networkRef.uid"),
        Strategy = new LoadBalancerRoutingStrategy(),
    };

    /// <summary><c>networks</c>.</summary>
    public static ResourceDefinition Network { get; } = new()
    {
        Group = NetworkingGroup,
        Version = Alpha,
        Kind = "Network",
        Plural = "networks",
        Singular = "network",
        ShortNames = ["net"],
        Categories = ["all"],
        IsNamespaced = true,
        HasStatus = true,
        TypeInfo = ApiJsonContext.Default.Network,
        Schema = NetworkSchema.Instance,
        Columns = NetworkingColumns.Network,
        SelectableFields = SelectableField.Of("spec.providerID", "status.state"),
        Strategy = new NetworkStrategy(),
    };

    /// <summary><c>networkinterfaces</c>.</summary>
    public static ResourceDefinition NetworkInterface { get; } = new()
    {
        Group = NetworkingGroup,
        Version = Alpha,
        Kind = "NetworkInterface",
        Plural = "networkinterfaces",
        Singular = "networkinterface",
        ShortNames = ["nic"],
        Categories = ["all"],
        IsNamespaced = true,
        HasStatus = true,
        TypeInfo = ApiJsonContext.Default.NetworkInterface,
        Schema = NetworkInterfaceSchema.Instance,
        Columns = NetworkingColumns.NetworkInterface,
        SelectableFields = SelectableField.Of("spec.networkRef.name", "spec.machineRef.name", "spec.providerID", "status.state"),
        Strategy = new NetworkInterfaceStrategy(),
    };

    /// <summary><c>prefixes</c>.</summary>
    public static ResourceDefinition Prefix { get; } = new()
    {
        Group = IpamGroup,
        Version = Alpha,
        Kind = "Prefix",
        Plural = "prefixes",
        Singular = "prefix",
        IsNamespaced = true,
        HasStatus = true,
        TypeInfo = ApiJsonContext.Default.Prefix,
        Schema = IpamSchemas.Prefix,
        Columns = IpamColumns.Prefix,
        SelectableFields = SelectableField.Of("spec.parentRef.name", "status.phase"),
        Strategy = new PrefixStrategy(),
    };

    /// <summary><c>prefixallocations</c>.</summary>
    public static ResourceDefinition PrefixAllocation { get; } = new()
    {
        Group = IpamGroup,
        Version = Alpha,
        Kind = "PrefixAllocation",
        Plural = "prefixallocations",
        Singular = "prefixallocation",
        IsNamespaced = true,
        HasStatus = true,
        TypeInfo = ApiJsonContext.Default.PrefixAllocation,
        Schema = IpamSchemas.PrefixAllocation,
        Columns = IpamColumns.PrefixAllocation,
        SelectableFields = SelectableField.Of("spec.prefixRef.name", "status.phase"),
        Strategy = new PrefixAllocationStrategy(),
    };

    /// <summary><c>addresspools</c>.</summary>
    public static ResourceDefinition AddressPool { get; } = new()
    {
        Group = PlatformGroup,
        Version = Alpha,
        Kind = "AddressPool",
        Plural = "addresspools",
        Singular = "addresspool",
        ShortNames = ["pool"],
        IsNamespaced = false,
        HasStatus = true,
        TypeInfo = ApiJsonContext.Default.AddressPool,
        Schema = PlatformSchemas.AddressPool,
        Columns = PlatformColumns.AddressPool,
        Strategy = new AddressPoolStrategy(),
    };

    /// <summary><c>ipaddresses</c>.</summary>
    public static ResourceDefinition IPAddress { get; } = new()
    {
        Group = PlatformGroup,
        Version = Alpha,
        Kind = "IPAddress",
        Plural = "ipaddresses",
        Singular = "ipaddress",
        ShortNames = ["ip"],
        IsNamespaced = false,
        HasStatus = true,
        TypeInfo = ApiJsonContext.Default.IPAddress,
        Schema = PlatformSchemas.IPAddress,
        Columns = PlatformColumns.IPAddress,
        SelectableFields = SelectableField.Of(
            "spec.ip",
            "spec.poolRef.name",
            "spec.networkRef.name",
            "spec.claimRef.resource",
            "spec.claimRef.namespace",
            "spec.claimRef.name",
            "spec.claimRef.uid"),
        Strategy = new IPAddressStrategy(),
    };

    /// <summary><c>networkids</c>.</summary>
    public static ResourceDefinition NetworkID { get; } = new()
    {
        Group = PlatformGroup,
        Version = Alpha,
        Kind = "NetworkID",
        Plural = "networkids",
        Singular = "networkid",
        IsNamespaced = false,
        TypeInfo = ApiJsonContext.Default.NetworkID,
        Schema = PlatformSchemas.NetworkID,
        Columns = PlatformColumns.NetworkID,
        SelectableFields = SelectableField.Of("spec.claimRef.resource", "spec.claimRef.namespace", "spec.claimRef.name", "spec.claimRef.uid"),
        Strategy = new NetworkIDStrategy(),
    };

    /// <summary><c>hosts</c>.</summary>
    public static ResourceDefinition Host { get; } = new()
    {
        Group = PlatformGroup,
        Version = Alpha,
        Kind = "Host",
        Plural = "hosts",
        Singular = "host",
        IsNamespaced = false,
        HasStatus = true,
        TypeInfo = ApiJsonContext.Default.Host,
        Schema = PlatformSchemas.Host,
        Columns = PlatformColumns.Host,
        Strategy = new HostStrategy(),
    };

    /// <summary><c>loadbalancerroutingslices</c>.</summary>
    public static ResourceDefinition LoadBalancerRoutingSlice { get; } = new()
    {
        Group = PlatformGroup,
        Version = Alpha,
        Kind = "LoadBalancerRoutingSlice",
        Plural = "loadbalancerroutingslices",
        Singular = "loadbalancerroutingslice",
        ShortNames = ["lbrs"],
        IsNamespaced = true,
        TypeInfo = ApiJsonContext.Default.LoadBalancerRoutingSlice,
        Schema = PlatformSchemas.LoadBalancerRoutingSlice,
        Columns = PlatformColumns.LoadBalancerRoutingSlice,
        SelectableFields = SelectableField.Of("routingRef.name", "routingRef.uid"),
        Strategy = new LoadBalancerRoutingSliceStrategy(),
    };

    /// <summary><c>loadbalancerpolicies</c>.</summary>
    public static ResourceDefinition LoadBalancerPolicy { get; } = new()
    {
        Group = PlatformGroup,
        Version = Alpha,
        Kind = "LoadBalancerPolicy",
        Plural = "loadbalancerpolicies",
        Singular = "loadbalancerpolicy",
        ShortNames = ["lbp"],
        IsNamespaced = true,
        HasStatus = true,
        TypeInfo = ApiJsonContext.Default.LoadBalancerPolicy,
        Schema = PlatformSchemas.LoadBalancerPolicy,
        Columns = PlatformColumns.LoadBalancerPolicy,
        SelectableFields = SelectableField.Of("spec.loadBalancerRef.name"),
        Strategy = new LoadBalancerPolicyStrategy(),
    };

    /// <summary><c>bgppeers</c>.</summary>
    public static ResourceDefinition BGPPeer { get; } = new()
    {
        Group = PlatformGroup,
        Version = Alpha,
        Kind = "BGPPeer",
        Plural = "bgppeers",
        Singular = "bgppeer",
        IsNamespaced = false,
        HasStatus = true,
        TypeInfo = ApiJsonContext.Default.BGPPeer,
        Schema = BGPPeerSchema.Instance,
        Columns = PlatformColumns.BGPPeer,
        Strategy = new BGPPeerStrategy(),
    };

    /// <summary><c>namespaces</c>.</summary>
    public static ResourceDefinition Namespace { get; } = new()
    {
        Group = "",
        Version = "v1",
        Kind = "Namespace",
        Plural = "namespaces",
        Singular = "namespace",
        ShortNames = ["ns"],
        Verbs = ["create", "delete", "get", "list", "patch", "update", "watch"],
        IsNamespaced = false,
        HasStatus = true,
        OtherSubresources = [new Subresource("finalize", ["update"])],
        TypeInfo = ApiJsonContext.Default.Namespace,
        Schema = BuiltInSchemas.Namespace,
        Columns = BuiltInColumns.Namespace,
        SelectableFields = [new("status.phase", "status.phase"), new("name", "metadata.name")],
        Strategy = new NamespaceStrategy(),
    };

    /// <summary><c>configmaps</c>.</summary>
    public static ResourceDefinition ConfigMap { get; } = new()
    {
        Group = "",
        Version = "v1",
        Kind = "ConfigMap",
        Plural = "configmaps",
        Singular = "configmap",
        ShortNames = ["cm"],
        IsNamespaced = true,
        TypeInfo = ApiJsonContext.Default.ConfigMap,
        Schema = BuiltInSchemas.ConfigMap,
        Columns = BuiltInColumns.ConfigMap,
        Strategy = new ConfigMapStrategy(),
    };

    /// <summary><c>secrets</c>.</summary>
    public static ResourceDefinition Secret { get; } = new()
    {
        Group = "",
        Version = "v1",
        Kind = "Secret",
        Plural = "secrets",
        Singular = "secret",
        IsNamespaced = true,
        TypeInfo = ApiJsonContext.Default.Secret,
        Schema = BuiltInSchemas.Secret,
        Columns = BuiltInColumns.Secret,
        SelectableFields = SelectableField.Of("type"),
        Strategy = new SecretStrategy(),
    };

    /// <summary><c>serviceaccounts</c>.</summary>
    public static ResourceDefinition ServiceAccount { get; } = new()
    {
        Group = "",
        Version = "v1",
        Kind = "ServiceAccount",
        Plural = "serviceaccounts",
        Singular = "serviceaccount",
        ShortNames = ["sa"],
        IsNamespaced = true,
        TypeInfo = ApiJsonContext.Default.ServiceAccount,
        Schema = BuiltInSchemas.ServiceAccount,
        Columns = BuiltInColumns.ServiceAccount,
        OtherSubresources =
        [
            new("token", ["create"])
            {
                ResponseKind = (ReviewDefinitions.AuthenticationGroup, "v1", "TokenRequest"),
                Schema = ReviewDefinitions.TokenRequest.Schema,
            },
        ],
        Strategy = new ServiceAccountStrategy(),
    };

    /// <summary><c>events</c>.</summary>
    public static ResourceDefinition Event { get; } = new()
    {
        Group = "",
        Version = "v1",
        Kind = "Event",
        Plural = "events",
        Singular = "event",
        ShortNames = ["ev"],
        IsNamespaced = true,
        TypeInfo = ApiJsonContext.Default.Event,
        Schema = BuiltInSchemas.Event,
        Columns = BuiltInColumns.Event,
        SelectableFields = [
            .. SelectableField.Of(
                "involvedObject.kind",
                "involvedObject.namespace",
                "involvedObject.name",
                "involvedObject.uid",
                "involvedObject.apiVersion",
                "involvedObject.resourceVersion",
                "involvedObject.fieldPath",
                "reason",
                "reportingComponent",
                "type"),
            new("source", "source.component") { Otherwise = "reportingComponent" },
        ],
        Strategy = new EventStrategy(),
    };

    /// <summary><c>events.events.k8s.io</c>: the same objects as <see cref="Event"/>.</summary>
    public static ResourceDefinition EventsEvent { get; } = new()
    {
        Group = "events.k8s.io",
        Version = "v1",
        Kind = "Event",
        Plural = "events",
        Singular = "event",
        ShortNames = ["ev"],
        IsNamespaced = true,
        TypeInfo = ApiJsonContext.Default.EventsEvent,
        Schema = BuiltInSchemas.EventsEvent,
        Columns = BuiltInColumns.EventsEvent,
        SelectableFields =
        [
            new("regarding.kind", "involvedObject.kind"),
            new("regarding.namespace", "involvedObject.namespace"),
            new("regarding.name", "involvedObject.name"),
            new("regarding.uid", "involvedObject.uid"),
            new("regarding.apiVersion", "involvedObject.apiVersion"),
            new("regarding.resourceVersion", "involvedObject.resourceVersion"),
            new("regarding.fieldPath", "involvedObject.fieldPath"),
            new("reason", "reason"),
            new("reportingController", "reportingComponent"),
            new("type", "type"),
        ],
        Strategy = new EventsEventStrategy(),
        Stored = new StoredForm(Event, e => BuiltIn.EventsEvent.ToCore((EventsEvent)e), e => BuiltIn.EventsEvent.FromCore((Event)e)),
    };

    /// <summary><c>leases</c>.</summary>
    public static ResourceDefinition Lease { get; } = new()
    {
        Group = "coordination.k8s.io",
        Version = "v1",
        Kind = "Lease",
        Plural = "leases",
        Singular = "lease",
        IsNamespaced = true,
        TypeInfo = ApiJsonContext.Default.Lease,
        Schema = BuiltInSchemas.Lease,
        Columns = BuiltInColumns.Lease,
        Strategy = new LeaseStrategy(),
    };

    /// <summary><c>certificatesigningrequests</c>.</summary>
    public static ResourceDefinition CertificateSigningRequest { get; } = new()
    {
        Group = CertificatesGroup,
        Version = "v1",
        Kind = "CertificateSigningRequest",
        Plural = "certificatesigningrequests",
        Singular = "certificatesigningrequest",
        ShortNames = ["csr"],
        IsNamespaced = false,
        HasStatus = true,
        OtherSubresources = [new Subresource("approval", ["get", "patch", "update"])],
        TypeInfo = ApiJsonContext.Default.CertificateSigningRequest,
        Schema = CertificateSchemas.CertificateSigningRequest,
        Columns = CertificateColumns.CertificateSigningRequest,
        SelectableFields = SelectableField.Of("spec.signerName"),
        Strategy = new CertificateSigningRequestStrategy(),
    };

    /// <summary><c>roles</c>.</summary>
    public static ResourceDefinition Role { get; } = new()
    {
        Group = RbacGroup,
        Version = "v1",
        Kind = "Role",
        Plural = "roles",
        Singular = "role",
        IsNamespaced = true,
        TypeInfo = ApiJsonContext.Default.Role,
        Schema = RbacSchemas.Role,
        Columns = RbacColumns.Role,
        Strategy = new RoleStrategy(),
    };

    /// <summary><c>clusterroles</c>.</summary>
    public static ResourceDefinition ClusterRole { get; } = new()
    {
        Group = RbacGroup,
        Version = "v1",
        Kind = "ClusterRole",
        Plural = "clusterroles",
        Singular = "clusterrole",
        IsNamespaced = false,
        TypeInfo = ApiJsonContext.Default.ClusterRole,
        Schema = RbacSchemas.ClusterRole,
        Columns = RbacColumns.Role,
        Strategy = new ClusterRoleStrategy(),
    };

    /// <summary><c>rolebindings</c>.</summary>
    public static ResourceDefinition RoleBinding { get; } = new()
    {
        Group = RbacGroup,
        Version = "v1",
        Kind = "RoleBinding",
        Plural = "rolebindings",
        Singular = "rolebinding",
        IsNamespaced = true,
        TypeInfo = ApiJsonContext.Default.RoleBinding,
        Schema = RbacSchemas.RoleBinding,
        Columns = RbacColumns.RoleBinding,
        Strategy = new RoleBindingStrategy(),
    };

    /// <summary><c>clusterrolebindings</c>.</summary>
    public static ResourceDefinition ClusterRoleBinding { get; } = new()
    {
        Group = RbacGroup,
        Version = "v1",
        Kind = "ClusterRoleBinding",
        Plural = "clusterrolebindings",
        Singular = "clusterrolebinding",
        IsNamespaced = false,
        TypeInfo = ApiJsonContext.Default.ClusterRoleBinding,
        Schema = RbacSchemas.ClusterRoleBinding,
        Columns = RbacColumns.ClusterRoleBinding,
        Strategy = new ClusterRoleBindingStrategy(),
    };

    /// <summary><c>services</c> of a cluster.</summary>
    public static ResourceDefinition Service { get; } = new()
    {
        Group = "",
        Version = "v1",
        Kind = "Service",
        Plural = "services",
        Singular = "service",
        ShortNames = ["svc"],
        Categories = ["all"],
        IsNamespaced = true,
        HasStatus = true,
        TypeInfo = ApiJsonContext.Default.Service,
        Schema = ClusterSchemas.Service,
        Columns = [PrinterColumn.ObjectName, PrinterColumn.Age],
        Strategy = new ServiceStrategy(),
    };

    /// <summary><c>endpointslices</c> of a cluster.</summary>
    public static ResourceDefinition EndpointSlice { get; } = new()
    {
        Group = "discovery.k8s.io",
        Version = "v1",
        Kind = "EndpointSlice",
        Plural = "endpointslices",
        Singular = "endpointslice",
        IsNamespaced = true,
        TypeInfo = ApiJsonContext.Default.EndpointSlice,
        Schema = ClusterSchemas.EndpointSlice,
        Columns = [PrinterColumn.ObjectName, PrinterColumn.Age],
        Strategy = new EndpointSliceStrategy(),
    };

    /// <summary><c>nodes</c> of a cluster.</summary>
    public static ResourceDefinition Node { get; } = new()
    {
        Group = "",
        Version = "v1",
        Kind = "Node",
        Plural = "nodes",
        Singular = "node",
        ShortNames = ["no"],
        IsNamespaced = false,
        HasStatus = true,
        TypeInfo = ApiJsonContext.Default.Node,
        Schema = ClusterSchemas.Node,
        Columns = [PrinterColumn.ObjectName, PrinterColumn.Age],
        Strategy = new NodeStrategy(),
    };

    /// <summary>All that our own API server serves.</summary>
    public static IReadOnlyList<ResourceDefinition> All { get; } =
    [
        Namespace, ConfigMap, Secret, ServiceAccount, Event,
        EventsEvent,
        Lease,
        CertificateSigningRequest,
        Role, ClusterRole, RoleBinding, ClusterRoleBinding,
        .. ReviewDefinitions.All,
        LoadBalancer, LoadBalancerRouting, Network, NetworkInterface,
        Prefix, PrefixAllocation,
        AddressPool, IPAddress, NetworkID, Host, LoadBalancerRoutingSlice, LoadBalancerPolicy, BGPPeer,
    ];

    /// <summary>Kinds that a cluster serves and our own API server does not: the controllers know what they need of them.</summary>
    public static IReadOnlyList<ResourceDefinition> OfCluster { get; } = [Service, EndpointSlice, Node];

    /// <summary>The definition of a C# kind, for the typed client.</summary>
    /// <exception cref="ArgumentException">The type is no kind.</exception>
    public static ResourceDefinition Of<T>() => Of(typeof(T));

    /// <summary>As <see cref="Of{T}"/>, for a type known only at run time.</summary>
    /// <exception cref="ArgumentException">The type is no kind.</exception>
    public static ResourceDefinition Of(Type type) =>
        All.Concat(OfCluster).FirstOrDefault(d => d.TypeInfo.Type == type)
        ?? throw new ArgumentException($"{type} is no kind that is known");
}
