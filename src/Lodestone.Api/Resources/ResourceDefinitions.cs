using Lodestone.Api.Json;

namespace Lodestone.Api.Resources;

/// <summary>Every kind that is served.</summary>
public static class ResourceDefinitions
{
    /// <summary>IronCore's networking group.</summary>
    public const string NetworkingGroup = "networking.ironcore.dev";

    /// <summary>Our own group.</summary>
    public const string PlatformGroup = "lodestone.dev";

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
        IsNamespaced = true,
        HasStatus = true,
        TypeInfo = ApiJsonContext.Default.LoadBalancer,
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
        IsNamespaced = true,
        TypeInfo = ApiJsonContext.Default.LoadBalancerRouting,
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
        IsNamespaced = true,
        HasStatus = true,
        TypeInfo = ApiJsonContext.Default.Network,
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
        IsNamespaced = true,
        HasStatus = true,
        TypeInfo = ApiJsonContext.Default.NetworkInterface,
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
        IsNamespaced = false,
        HasStatus = true,
        TypeInfo = ApiJsonContext.Default.Namespace,
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
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ResourceDefinition> All { get; } =
        [Namespace, Event, Lease, LoadBalancer, LoadBalancerRouting, Network, NetworkInterface, AddressPool, IPAddress, NetworkID, Host];

    /// <summary>The definition of a C# kind, for the typed client.</summary>
    /// <exception cref="ArgumentException">The type is not served.</exception>
    public static ResourceDefinition Of<T>() =>
        All.FirstOrDefault(d => d.TypeInfo.Type == typeof(T))
        ?? throw new ArgumentException($"{typeof(T).Name} is not a kind that is served");
}
