using Lodestone.Api.Meta;

namespace Lodestone.Api.Networking;

/// <summary>What a <see cref="NetworkInterface"/> is at present.</summary>
public sealed class NetworkInterfaceStatus
{
    /// <summary><c>Pending</c>, <c>Available</c> or <c>Error</c>.</summary>
    public string? State { get; set; }
    /// <summary>When <see cref="State"/> last changed.</summary>
    public DateTimeOffset? LastStateTransitionTime { get; set; }
    /// <summary>The addresses in use.</summary>
    public List<string>? Ips { get; set; }
    /// <summary>The prefixes in use.</summary>
    public List<string>? Prefixes { get; set; }
    /// <summary>The virtual IP in use.</summary>
    public string? VirtualIP { get; set; }
    /// <summary>Why the state is what it is; additive to IronCore.</summary>
    public List<Condition>? Conditions { get; set; }
    /// <summary>What health checks found, by load balancer and family; additive to IronCore.</summary>
    public List<TargetHealth>? Health { get; set; }
}
