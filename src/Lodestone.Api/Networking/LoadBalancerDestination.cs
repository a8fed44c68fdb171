namespace Lodestone.Api.Networking;

/// <summary>A target of a <see cref="LoadBalancer"/>. <see cref="Name"/> and <see cref="Uid"/> are the seed's shape, <see cref="Ip"/> and <see cref="TargetRef"/> IronCore's; ours carries both.</summary>
public sealed class LoadBalancerDestination
{
    /// <summary>Name of the network interface.</summary>
    public string? Name { get; set; }
    /// <summary>UID of the network interface.</summary>
    public string? Uid { get; set; }
    /// <summary>The target's address within the network.</summary>
    public string? Ip { get; set; }
    /// <summary>The network interface; absent: a plain address that is encapsulated to.</summary>
    public LoadBalancerTargetRef? TargetRef { get; set; }
    /// <summary>Its share of new flows relative to the others', 0 to 255; absent: 100. 0: it takes none and keeps those it has. Additive.</summary>
    public int? Weight { get; set; }
    /// <summary>When it began to take flows, where its weight still grows; absent: it has the weight it is to have. Additive.</summary>
    public DateTimeOffset? SlowStartTime { get; set; }
}
