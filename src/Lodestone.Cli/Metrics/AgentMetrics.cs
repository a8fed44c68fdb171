using System.Globalization;
using System.Text;
using Lodestone.Agent;
using Lodestone.Agent.Announce.Bgp;
using Lodestone.Agent.Counters;
using Lodestone.Agent.Health;
using Lodestone.Agent.Heartbeat;
using Lodestone.Datapath.Layout;

namespace Lodestone.Cli.Metrics;

/// <summary>What the packet programs of this machine have counted, and its health checks, for Prometheus.</summary>
internal static class AgentMetrics
{
    private static readonly string[] Protocols = ["tcp", "udp", "sctp"]; // by VipCounter.IndexOf

    /// <summary>How long ago the API was heard of, in lines for a person, the longest time first.</summary>
    public static string Describe(ApiContact contact)
    {
        var text = new StringBuilder(contact.LeaseAge is { } lease ? string.Create(CultureInfo.InvariantCulture, $"Lease renewed {lease.TotalSeconds:0} s ago\n") : "Lease never renewed\n");
        foreach ((string resource, TimeSpan age) in contact.EventAges.OrderByDescending(entry => entry.Value))
        {
            text.Append(CultureInfo.InvariantCulture, $"{resource} heard of {age.TotalSeconds:0} s ago\n");
        }

        return text.ToString();
    }

    /// <summary>Writes how programs are attached, how long ago the API was heard of, how long the certificate is good, BGP sessions, packets and bytes by verdict, VIP and target, and health checks.</summary>
    public static void Write(PrometheusText text, AgentReadings readings)
    {
        (CounterSnapshot counters, UplinkAttachment? attachment, ApiContact contact, CertificateStatus? certificate, BgpTotals bgp, HealthTotals health) = readings;
        text.Begin("lodestone_uplink_attached", "gauge", "1 for the way the uplink's programs are attached; none until they are.");
        if (attachment is { } attached)
        {
            text.Sample("lodestone_uplink_attached", PrometheusText.Labels(
                [new("xdp", attached.ModeName), new("frags", attached.Frags ? "true" : "false"), new("tc", attached.TcFilters ? "clsact" : "tcx")]), 1);
        }

        text.Begin("lodestone_api_event_age_seconds", "gauge", "Time since the API was heard of, by watched resource: an event, a bookmark (about one a minute) or a list.");
        foreach ((string resource, TimeSpan age) in contact.EventAges.OrderBy(a => a.Key, StringComparer.Ordinal))
        {
            text.Sample("lodestone_api_event_age_seconds", PrometheusText.Labels([new("resource", resource)]), age.TotalSeconds);
        }

        text.Begin("lodestone_lease_age_seconds", "gauge", "Time since this machine's Lease was renewed; none until it once was.");
        if (contact.LeaseAge is { } leaseAge)
        {
            text.Sample("lodestone_lease_age_seconds", "", leaseAge.TotalSeconds);
        }

        text.Begin("lodestone_agent_certificate_expiration_timestamp_seconds", "gauge", "When the agent's client certificate ends; only where the agent renews it.");
        if (certificate is { Ends.Ticks: > 0 })
        {
            text.Sample("lodestone_agent_certificate_expiration_timestamp_seconds", "", certificate.Ends.ToUnixTimeSeconds());
        }

        text.Begin("lodestone_agent_certificate_renewals_total", "counter", "Attempts of the agent to renew its client certificate, by result.");
        if (certificate is not null)
        {
            text.Sample("lodestone_agent_certificate_renewals_total", PrometheusText.Labels([new("result", "success")]), certificate.Renewals);
            text.Sample("lodestone_agent_certificate_renewals_total", PrometheusText.Labels([new("result", "failure")]), certificate.Failures);
        }

        WriteBgp(text, bgp);
        Write(text, "lodestone_packets_total", "Packets by verdict.", ByVerdict(counters, c => c.Packets));
        Write(text, "lodestone_bytes_total", "Bytes of packets by verdict, from the IP header.", ByVerdict(counters, c => c.Bytes));
        Write(text, "lodestone_vip_packets_total", "Packets of a VIP that found a target, by protocol. An ICMP error counts for the flow it is about.", ByProtocol(counters, c => c.Packets));
        Write(text, "lodestone_vip_bytes_total", "Their bytes, from the IP header.", ByProtocol(counters, c => c.Bytes));
        Write(text, "lodestone_vip_flows_recorded_total", "Flows of a VIP written into the flow table.", ByVip(counters, v => v.Recorded));
        Write(text, "lodestone_vip_packets_pinned_total", "Packets of a VIP that a record kept with another target than the present owner of their slot.", ByVip(counters, v => v.Pinned));
        Write(text, "lodestone_vip_packets_unrecorded_total", "Packets of a VIP whose flow was to be recorded and found no place.", ByVip(counters, v => v.Unrecorded));
        Write(text, "lodestone_target_packets_total", "Packets sent to a target.", ByTarget(counters, c => c.Packets));
        Write(text, "lodestone_target_bytes_total", "Their bytes as they came in, from the IP header.", ByTarget(counters, c => c.Bytes));
        HealthMetrics.Write(text, health);
    }

    private static void WriteBgp(PrometheusText text, BgpTotals bgp)
    {
        text.Begin("lodestone_bgp_sessions", "gauge", "BGP sessions by state, as in the status of BGPPeers.");
        foreach (IGrouping<string, BgpSessionTotals> state in bgp.Sessions.Values.GroupBy(s => s.State, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            text.Sample("lodestone_bgp_sessions", PrometheusText.Labels([new("state", state.Key)]), state.Count());
        }

        text.Begin("lodestone_bgp_prefixes_announced", "gauge", "Addresses that a router has been told of.");
        WriteByPeer("lodestone_bgp_prefixes_announced", session => session.PrefixesAnnounced);
        text.Begin("lodestone_bgp_session_drops_total", "counter", "How often a session ended since the agent started.");
        WriteByPeer("lodestone_bgp_session_drops_total", session => session.Drops);

        void WriteByPeer(string name, Func<BgpSessionTotals, long> value)
        {
            foreach ((string peer, BgpSessionTotals session) in bgp.Sessions.OrderBy(s => s.Key, StringComparer.Ordinal))
            {
                text.Sample(name, PrometheusText.Labels([new("peer", peer)]), value(session));
            }
        }
    }

    private static IEnumerable<(KeyValuePair<string, string>[] Labels, ulong Value)> ByVerdict(CounterSnapshot counters, Func<Counter, ulong> value) =>
        counters.Verdicts.Select(v => (new KeyValuePair<string, string>[] { new("verdict", v.Key.ToString()) }, value(v.Value)));

    /// <summary>Protocols that never came are left out.</summary>
    private static IEnumerable<(KeyValuePair<string, string>[] Labels, ulong Value)> ByProtocol(CounterSnapshot counters, Func<Counter, ulong> value) =>
        from vip in counters.Vips
        from i in Enumerable.Range(0, Protocols.Length)
        where vip.Totals.Protocols[i].Packets > 0
        select ((KeyValuePair<string, string>[])[.. LabelsOf(vip), new("protocol", Protocols[i])], value(vip.Totals.Protocols[i]));

    private static IEnumerable<(KeyValuePair<string, string>[] Labels, ulong Value)> ByVip(CounterSnapshot counters, Func<VipCounter, ulong> value) =>
        counters.Vips.Select(v => (LabelsOf(v), value(v.Totals)));

    private static IEnumerable<(KeyValuePair<string, string>[] Labels, ulong Value)> ByTarget(CounterSnapshot counters, Func<Counter, ulong> value) =>
        counters.Reals.Select(r => (new KeyValuePair<string, string>[] { new("networkinterface_uid", r.Uid), new("delivery", r.Kind.ToString()) }, value(r.Totals)));

    private static KeyValuePair<string, string>[] LabelsOf(VipTotals vip) =>
    [
        new("namespace", vip.LoadBalancer.Namespace),
        new("loadbalancer", vip.LoadBalancer.Name),
        new("vip", vip.Address.ToString()),
        new("vni", vip.Network.ToString(CultureInfo.InvariantCulture)),
    ];

    private static void Write(PrometheusText text, string name, string help, IEnumerable<(KeyValuePair<string, string>[] Labels, ulong Value)> samples)
    {
        text.Begin(name, "counter", help);
        foreach ((KeyValuePair<string, string>[] labels, ulong value) in samples)
        {
            text.Sample(name, PrometheusText.Labels(labels), value);
        }
    }
}
