namespace Lodestone.Agent.Health;

/// <summary>What has one state of health: a network interface, as a target of a load balancer over one family.</summary>
/// <param name="LoadBalancerUid">UID of the load balancer.</param>
/// <param name="NicUid">UID of the network interface.</param>
/// <param name="IsIPv6">The family.</param>
public readonly record struct HealthKey(string LoadBalancerUid, string NicUid, bool IsIPv6)
{
    /// <summary><c>IPv4</c> or <c>IPv6</c>.</summary>
    public string Family => IsIPv6 ? "IPv6" : "IPv4";
}
