using System.Text.Json.Nodes;

namespace Lodestone.Cli.Manifests;

/// <summary>What has the Prometheus operator scrape pods: a headless Service that finds them, and a ServiceMonitor.</summary>
internal static class MonitoringManifests
{
    internal const string PortName = "metrics";

    /// <param name="name">Of the pods, as their label says.</param>
    /// <param name="options">The namespace.</param>
    /// <param name="port">Where they serve <c>/metrics</c>.</param>
    internal static IEnumerable<JsonObject> All(string name, ManifestOptions options, int port)
    {
        JsonObject service = ManifestObjects.Create("v1", "Service", options.Namespace, $"{name}-{PortName}");
        service["metadata"]!["labels"] = ManifestObjects.Labels(name);
        service["spec"] = new JsonObject
        {
            ["clusterIP"] = "None",
            ["selector"] = ManifestObjects.Labels(name),
            ["ports"] = new JsonArray(new JsonObject { ["name"] = PortName, ["port"] = port, ["protocol"] = "TCP", ["targetPort"] = port }),
        };
        yield return service;

        JsonObject monitor = ManifestObjects.Create("monitoring.coreos.com/v1", "ServiceMonitor", options.Namespace, name);
        monitor["metadata"]!["labels"] = ManifestObjects.Labels(name);
        monitor["spec"] = new JsonObject
        {
            ["selector"] = new JsonObject { ["matchLabels"] = ManifestObjects.Labels(name) },
            ["endpoints"] = new JsonArray(new JsonObject { ["port"] = PortName, ["path"] = "/metrics" }),
        };
        yield return monitor;
    }
}
