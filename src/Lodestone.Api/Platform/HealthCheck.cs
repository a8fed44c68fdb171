namespace Lodestone.Api.Platform;

/// <summary>How targets are found to work: exactly one of <see cref="Tcp"/>, <see cref="Http"/>, <see cref="Udp"/> and <see cref="Icmp"/>.</summary>
public sealed class HealthCheck
{
    /// <summary>Seconds between two checks of a target where <see cref="IntervalSeconds"/> is not given.</summary>
    public const int DefaultIntervalSeconds = 5;

    /// <summary>Seconds that a check may take where <see cref="TimeoutSeconds"/> is not given; the interval where that is shorter.</summary>
    public const int DefaultTimeoutSeconds = 2;

    /// <summary>Successes in a row that make a target healthy where <see cref="HealthyThreshold"/> is not given.</summary>
    public const int DefaultHealthyThreshold = 2;

    /// <summary>Failures in a row that make a target unhealthy where <see cref="UnhealthyThreshold"/> is not given.</summary>
    public const int DefaultUnhealthyThreshold = 3;

    /// <summary>Percent of the interval that a check comes earlier or later where <see cref="JitterPercent"/> is not given.</summary>
    public const int DefaultJitterPercent = 10;

    /// <summary>Value of <see cref="EstablishedFlows"/>: flows of an unhealthy target go to others at once.</summary>
    public const string Move = "Move";

    /// <summary>Value of <see cref="EstablishedFlows"/>: an unhealthy target keeps its flows as one that drains.</summary>
    public const string Keep = "Keep";

    /// <summary>By connecting.</summary>
    public TcpHealthCheck? Tcp { get; set; }
    /// <summary>By a request.</summary>
    public HttpHealthCheck? Http { get; set; }
    /// <summary>By a datagram.</summary>
    public UdpHealthCheck? Udp { get; set; }
    /// <summary>By an echo request.</summary>
    public IcmpHealthCheck? Icmp { get; set; }
    /// <summary>Seconds between two checks of a target, 1 to 300; absent: <see cref="DefaultIntervalSeconds"/>.</summary>
    public int? IntervalSeconds { get; set; }
    /// <summary>Seconds that a check may take, 1 to the interval; absent: <see cref="DefaultTimeoutSeconds"/>.</summary>
    public int? TimeoutSeconds { get; set; }
    /// <summary>Successes in a row that make an unhealthy target healthy, 1 to 10; absent: <see cref="DefaultHealthyThreshold"/>.</summary>
    public int? HealthyThreshold { get; set; }
    /// <summary>Failures in a row that make a target unhealthy, 1 to 10; absent: <see cref="DefaultUnhealthyThreshold"/>.</summary>
    public int? UnhealthyThreshold { get; set; }
    /// <summary>By how much of the interval, in percent, a check comes earlier or later at random, 0 to 50; absent: <see cref="DefaultJitterPercent"/>.</summary>
    public int? JitterPercent { get; set; }
    /// <summary><see cref="Move"/> or <see cref="Keep"/>; absent: <see cref="Move"/>.</summary>
    public string? EstablishedFlows { get; set; }
}
