using System.Collections.Immutable;
using System.Text;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;

namespace Lodestone.Agent.Health;

/// <summary>How and how often a target is checked: a <see cref="HealthCheck"/> with every default filled in. Immutable.</summary>
public sealed record ProbeSpec
{
    /// <summary>How.</summary>
    public required ProbeKind Kind { get; init; }

    /// <summary>The port; 0 of ICMP, which has none.</summary>
    public required ushort Port { get; init; }

    /// <summary>From one check to the next.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>How long a check may take.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Successes in a row that make an unhealthy target healthy.</summary>
    public required int HealthyThreshold { get; init; }

    /// <summary>Failures in a row that make a target unhealthy.</summary>
    public required int UnhealthyThreshold { get; init; }

    /// <summary>Part of the interval, 0 to 0.5, that a check may come earlier or later.</summary>
    public required double Jitter { get; init; }

    /// <summary>Path and query of a GET.</summary>
    public string Path { get; init; } = HttpHealthCheck.DefaultPath;

    /// <summary>Header Host, and server name in TLS; null: the VIP, and none.</summary>
    public string? Host { get; init; }

    /// <summary>Statuses that are well, as ranges.</summary>
    public ImmutableArray<(int From, int To)> Statuses { get; init; } = [];

    /// <summary>What a datagram holds.</summary>
    public string Payload { get; init; } = "";

    /// <summary>Whether a datagram has to be answered.</summary>
    public bool RequiresReply { get; init; }

    /// <summary>Fills in what a check leaves out.</summary>
    /// <param name="check">The check, of a routing.</param>
    /// <param name="ports">The load balancer's ports, the first of which is meant where none is named.</param>
    /// <returns>Null where no port is named and the load balancer has none of the protocol.</returns>
    public static ProbeSpec? From(HealthCheck check, IReadOnlyList<LoadBalancerPort>? ports)
    {
        ProbeKind kind = check.Icmp is not null ? ProbeKind.Icmp
            : check.Udp is not null ? ProbeKind.Udp
            : check.Http is null ? ProbeKind.Tcp
            : check.Http.Scheme == HttpHealthCheck.Https ? ProbeKind.Https : ProbeKind.Http;
        int? port = check.Tcp?.Port ?? check.Http?.Port ?? check.Udp?.Port ?? FirstOf(ports, kind == ProbeKind.Udp ? "UDP" : "TCP");
        if (kind == ProbeKind.Icmp)
        {
            port = 0;
        }
        else if (port is not (> 0 and <= ushort.MaxValue))
        {
            return null;
        }

        int interval = Math.Max(1, check.IntervalSeconds ?? HealthCheck.DefaultIntervalSeconds);
        List<string> statuses = check.Http?.ExpectedStatuses is { Count: > 0 } given ? given : [HttpHealthCheck.DefaultStatuses];
        return new ProbeSpec
        {
            Kind = kind,
            Port = (ushort)port.Value,
            Interval = TimeSpan.FromSeconds(interval),
            Timeout = TimeSpan.FromSeconds(Math.Clamp(check.TimeoutSeconds ?? HealthCheck.DefaultTimeoutSeconds, 1, interval)),
            HealthyThreshold = check.HealthyThreshold ?? HealthCheck.DefaultHealthyThreshold,
            UnhealthyThreshold = check.UnhealthyThreshold ?? HealthCheck.DefaultUnhealthyThreshold,
            Jitter = Math.Clamp(check.JitterPercent ?? HealthCheck.DefaultJitterPercent, 0, 50) / 100.0,
            Path = check.Http?.Path ?? HttpHealthCheck.DefaultPath,
            Host = check.Http?.Host,
            Statuses = [.. statuses.Select(HttpHealthCheck.StatusesOf).OfType<(int, int)>()],
            Payload = check.Udp?.Payload ?? UdpHealthCheck.DefaultPayload,
            RequiresReply = check.Udp?.RequireReply == true,
        };
    }

    /// <inheritdoc/>
    public bool Equals(ProbeSpec? other) =>
        other is not null
        && Kind == other.Kind
        && Port == other.Port
        && Interval == other.Interval
        && Timeout == other.Timeout
        && HealthyThreshold == other.HealthyThreshold
        && UnhealthyThreshold == other.UnhealthyThreshold
        && Jitter.Equals(other.Jitter)
        && Path == other.Path
        && Host == other.Host
        && Statuses.AsSpan().SequenceEqual(other.Statuses.AsSpan())
        && Payload == other.Payload
        && RequiresReply == other.RequiresReply;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, Port, Interval, Path, Host);

    /// <summary>The request of a GET, to be sent as it is.</summary>
    internal byte[] RequestTo(string vip) => Encoding.ASCII.GetBytes(
        $"GET {Path} HTTP/1.1\r\nHost: {Host ?? vip}\r\nUser-Agent: lodestone-health-check\r\nAccept: */*\r\nConnection: close\r\n\r\n");

    /// <summary>Without a protocol a port is TCP's.</summary>
    private static int? FirstOf(IReadOnlyList<LoadBalancerPort>? ports, string protocol) =>
        ports?.FirstOrDefault(port => (port.Protocol ?? "TCP") == protocol)?.Port;
}
