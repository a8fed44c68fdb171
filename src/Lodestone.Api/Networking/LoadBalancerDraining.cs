namespace Lodestone.Api.Networking;

/// <summary>A target that takes no new flows but keeps those it has until a deadline.</summary>
public sealed class LoadBalancerDraining
{
    /// <summary>Name of the network interface.</summary>
    public string? Name { get; set; }
    /// <summary>UID of the network interface.</summary>
    public string? Uid { get; set; }
    /// <summary>The target's address within the network.</summary>
    public string? Ip { get; set; }
    /// <summary>The network interface.</summary>
    public LoadBalancerTargetRef? TargetRef { get; set; }
    /// <summary>When it stops being served.</summary>
    public DateTimeOffset Deadline { get; set; }
    /// <summary>True: it is selected, and left out for what health checks find. It is listed, and checked, also past its deadline.</summary>
    public bool? Unhealthy { get; set; }
}
