using System.Globalization;
using Lodestone.Agent.Health;

namespace Lodestone.Cli.Metrics;

/// <summary>What this machine's health checks have come to, for Prometheus.</summary>
internal static class HealthMetrics
{
    private const string Checks = "lodestone_health_checks_total";
    private const string Seconds = "lodestone_health_check_seconds";
    private const string Targets = "lodestone_health_targets";

    /// <summary>Writes checks by result, how long they took, and targets by state.</summary>
    public static void Write(PrometheusText text, HealthTotals health)
    {
        text.Begin(Checks, "counter", "Health checks by what they found: success, failure, or inconclusive where this machine could not make them.");
        text.Sample(Checks, Label("result", "success"), health.Successes);
        text.Sample(Checks, Label("result", "failure"), health.Failures);
        text.Sample(Checks, Label("result", "inconclusive"), health.Inconclusive);
        text.Begin(Seconds, "histogram", "How long health checks took.");
        for (int i = 0; i < health.Buckets.Count; i++)
        {
            string bound = i < HealthTotals.Bounds.Count ? HealthTotals.Bounds[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
            text.Sample($"{Seconds}_bucket", Label("le", bound), health.Buckets[i]);
        }

        text.Sample($"{Seconds}_sum", "", health.Seconds);
        text.Sample($"{Seconds}_count", "", health.Count);
        text.Begin(Targets, "gauge", "Targets that this machine checks, one for each load balancer and family, by what is known of them.");
        text.Sample(Targets, Label("state", "healthy"), health.Healthy);
        text.Sample(Targets, Label("state", "unhealthy"), health.Unhealthy);
        text.Sample(Targets, Label("state", "unknown"), health.Unknown);
    }

    private static string Label(string name, string value) => PrometheusText.Labels([new(name, value)]);
}
