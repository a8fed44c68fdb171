namespace Lodestone.Api.Platform;

/// <summary>A target is well when a datagram is answered or, unless an answer is required, not refused by ICMP.</summary>
public sealed class UdpHealthCheck
{
    /// <summary>What <see cref="Payload"/> is where it is not given.</summary>
    public const string DefaultPayload = "lodestone health check";

    /// <summary>The port, 1 to 65535; absent: the first UDP port of the load balancer.</summary>
    public int? Port { get; set; }
    /// <summary>What is sent, in UTF-8; absent: <see cref="DefaultPayload"/>.</summary>
    public string? Payload { get; set; }
    /// <summary>Whether silence is a failure; absent: it is not.</summary>
    public bool? RequireReply { get; set; }
}
