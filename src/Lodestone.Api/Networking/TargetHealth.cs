namespace Lodestone.Api.Networking;

/// <summary>What the health checks of a load balancer found of a network interface; written where it changes.</summary>
public sealed class TargetHealth
{
    /// <summary>Value of <see cref="State"/>: enough checks in a row succeeded.</summary>
    public const string Healthy = "Healthy";

    /// <summary>Value of <see cref="State"/>: enough checks in a row failed.</summary>
    public const string Unhealthy = "Unhealthy";

    /// <summary>Value of <see cref="State"/>: checks succeed again, and it takes no new flows for a while, since they failed so often.</summary>
    public const string Flapping = "Flapping";

    /// <summary>Name of the load balancer, of the network interface's namespace.</summary>
    public string LoadBalancer { get; set; } = "";
    /// <summary>UID of the load balancer.</summary>
    public string Uid { get; set; } = "";
    /// <summary>Over which family, <c>IPv4</c> or <c>IPv6</c>.</summary>
    public string IpFamily { get; set; } = "";
    /// <summary><see cref="Healthy"/>, <see cref="Unhealthy"/> or <see cref="Flapping"/>.</summary>
    public string State { get; set; } = "";
    /// <summary>Since when.</summary>
    public DateTimeOffset Since { get; set; }
    /// <summary>Of an unhealthy one: how the check failed that made it so; of one that flaps, for how long it is held.</summary>
    public string? Message { get; set; }
    /// <summary>When it became unhealthy last, and before that within ten minutes; the oldest first. For how long it is held follows from that.</summary>
    public List<DateTimeOffset>? FailedAt { get; set; }
}
