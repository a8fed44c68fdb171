using Lodestone.Agent.Counters;
using Lodestone.Datapath.Layout;

namespace Lodestone.Cli.Metrics;

/// <summary>What the packet programs of this machine have counted, for Prometheus.</summary>
internal static class AgentMetrics
{
    /// <summary>Writes packets and bytes by verdict.</summary>
    public static void Write(PrometheusText text, CounterSnapshot counters)
    {
        WriteOne(text, "lodestone_packets_total", "Packets by verdict.", counters, c => c.Packets);
        WriteOne(text, "lodestone_bytes_total", "Bytes of packets by verdict, from the IP header.", counters, c => c.Bytes);
    }

    private static void WriteOne(PrometheusText text, string name, string help, CounterSnapshot counters, Func<Counter, ulong> value)
    {
        text.Begin(name, "counter", help);
        foreach ((Verdict verdict, Counter counter) in counters.Verdicts)
        {
            text.Sample(name, PrometheusText.Labels([new("verdict", verdict.ToString())]), value(counter));
        }
    }
}
