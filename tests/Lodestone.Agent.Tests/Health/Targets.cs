using System.Net;
using Lodestone.Agent.Health;
using Lodestone.Api.Meta;

namespace Lodestone.Agent.Tests.Health;

/// <summary>Targets for tests of health checks.</summary>
internal static class Targets
{
    public static ProbeSpec Spec { get; } = new()
    {
        Kind = ProbeKind.Tcp,
        Port = 80,
        Interval = TimeSpan.FromSeconds(5),
        Timeout = TimeSpan.FromSeconds(2),
        HealthyThreshold = 2,
        UnhealthyThreshold = 3,
        Jitter = 0.1,
    };

    public static HealthTarget Of(string nic, ProbeSpec? spec = null) => new(
        new HealthKey("lb", nic, IsIPv6: false), new ObjectKey("default", "web"), new ObjectKey("default", nic), IPAddress.Loopback, 7, IsVeth: true, spec ?? Spec);
}
