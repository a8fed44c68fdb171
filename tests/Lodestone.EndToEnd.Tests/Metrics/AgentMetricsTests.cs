using System.Collections.Immutable;

using Lodestone.Agent;
using Lodestone.Agent.Announce.Bgp;
using Lodestone.Agent.Counters;
using Lodestone.Agent.Health;
using Lodestone.Agent.Heartbeat;
using Lodestone.Api.Meta;
using Lodestone.Bpf;
using Lodestone.Cli.Metrics;
using Lodestone.Datapath.Layout;

namespace Lodestone.EndToEnd.Tests.Metrics;

/// <summary>What an agent's <c>/metrics</c> tells of the data path.</summary>
public sealed class AgentMetricsTests
{
    private static readonly DatapathAddress Vip = DatapathAddress.From(System.Net.IPAddress.Parse("203.0.113.1"));

    [Fact]
    public void Write_Counters_AreSeriesByVerdictVipAndTarget()
    {
        var totals = new VipCounter { Recorded = 3, Pinned = 2, Unrecorded = 1 };
        totals.Protocols[VipCounter.IndexOf(17)] = new Counter { Packets = 7, Bytes = 700 };
        var counters = new CounterSnapshot(
            [new VipTotals(12, Vip, new ObjectKey("default", "web"), totals)],
            [new RealTotals(1, "uid-1", RealKind.Encap, new Counter { Packets = 7, Bytes = 700 })],
            ImmutableSortedDictionary<Verdict, Counter>.Empty.Add(Verdict.Forward, new Counter { Packets = 7, Bytes = 700 }));

        string[] samples = [.. Lines(counters, new UplinkAttachment(XdpMode.Native, Frags: false, TcFilters: false, null), certificate: new CertificateStatus(DateTimeOffset.FromUnixTimeSeconds(1_900_000_000), 2, 1, null)).Where(l => !l.StartsWith('#') && !l.StartsWith("lodestone_health", StringComparison.Ordinal))];

        Assert.Equal(
            [
                "lodestone_uplink_attached{xdp=\"native\",frags=\"false\",tc=\"tcx\"} 1",
                "lodestone_agent_certificate_expiration_timestamp_seconds 1900000000",
                "lodestone_agent_certificate_renewals_total{result=\"success\"} 2",
                "lodestone_agent_certificate_renewals_total{result=\"failure\"} 1",
                "lodestone_packets_total{verdict=\"Forward\"} 7",
                "lodestone_bytes_total{verdict=\"Forward\"} 700",
                "lodestone_vip_packets_total{namespace=\"default\",loadbalancer=\"web\",vip=\"203.0.113.1\",vni=\"12\",protocol=\"udp\"} 7",
                "lodestone_vip_bytes_total{namespace=\"default\",loadbalancer=\"web\",vip=\"203.0.113.1\",vni=\"12\",protocol=\"udp\"} 700",
                "lodestone_vip_flows_recorded_total{namespace=\"default\",loadbalancer=\"web\",vip=\"203.0.113.1\",vni=\"12\"} 3",
                "lodestone_vip_packets_pinned_total{namespace=\"default\",loadbalancer=\"web\",vip=\"203.0.113.1\",vni=\"12\"} 2",
                "lodestone_vip_packets_unrecorded_total{namespace=\"default\",loadbalancer=\"web\",vip=\"203.0.113.1\",vni=\"12\"} 1",
                "lodestone_target_packets_total{networkinterface_uid=\"uid-1\",delivery=\"Encap\"} 7",
                "lodestone_target_bytes_total{networkinterface_uid=\"uid-1\",delivery=\"Encap\"} 700",
            ],
            samples);
    }

    [Fact]
    public void Write_Health_IsChecksByResultAHistogramAndTargetsByState()
    {
        long[] buckets = [.. HealthTotals.Bounds.Select(bound => bound < 0.1 ? 0L : 2L), 3L];

        string[] samples = [.. Lines(CounterSnapshot.Empty, null, health: new HealthTotals(1, 2, 0, 12.5, buckets, 4, 5, 6)).Where(l => l.StartsWith("lodestone_health", StringComparison.Ordinal))];

        Assert.Equal(
            [
                "lodestone_health_checks_total{result=\"success\"} 1",
                "lodestone_health_checks_total{result=\"failure\"} 2",
                "lodestone_health_checks_total{result=\"inconclusive\"} 0",
            ],
            samples[..3]);
        Assert.Contains("lodestone_health_check_seconds_bucket{le=\"0.05\"} 0", samples);
        Assert.Contains("lodestone_health_check_seconds_bucket{le=\"0.1\"} 2", samples);
        Assert.Equal(
            [
                "lodestone_health_check_seconds_bucket{le=\"+Inf\"} 3",
                "lodestone_health_check_seconds_sum 12.5",
                "lodestone_health_check_seconds_count 3",
                "lodestone_health_targets{state=\"healthy\"} 4",
                "lodestone_health_targets{state=\"unhealthy\"} 5",
                "lodestone_health_targets{state=\"unknown\"} 6",
            ],
            samples[^6..]);
    }

    [Fact]
    public async Task Write_Names_AreThoseInTheDocumentation()
    {
        string file = Path.Combine(AppContext.BaseDirectory, "docs", "agent-metrics.txt");
        string documented = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);

        string[] told = [.. Lines(CounterSnapshot.Empty, null).Where(l => l.StartsWith('#')).Select(l => l[2..])];

        Assert.Equal(documented, string.Join('\n', told) + "\n");
    }

    [Fact]
    public void Write_Contact_IsHowLongAgoTheApiWasHeardOf()
    {
        var contact = new ApiContact(new Dictionary<string, TimeSpan> { ["hosts"] = TimeSpan.FromSeconds(1.5), ["leases"] = TimeSpan.FromSeconds(0.25) }, TimeSpan.FromSeconds(0.5));

        string[] samples = [.. Lines(CounterSnapshot.Empty, null, contact).Where(l => !l.StartsWith('#') && !l.StartsWith("lodestone_health", StringComparison.Ordinal))];

        Assert.Equal(
            ["lodestone_api_event_age_seconds{resource=\"hosts\"} 1.5", "lodestone_api_event_age_seconds{resource=\"leases\"} 0.25", "lodestone_lease_age_seconds 0.5"],
            samples);
    }

    private static string[] Lines(CounterSnapshot counters, UplinkAttachment? attachment, ApiContact? contact = null, CertificateStatus? certificate = null, HealthTotals? health = null)
    {
        var text = new PrometheusText();
        AgentMetrics.Write(text, new AgentReadings(counters, attachment, contact ?? ApiContact.None, certificate, BgpTotals.Empty, health ?? HealthTotals.Empty));
        return text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
