using System.Text.Json.Nodes;

using Lodestone.Controllers;

namespace Lodestone.Cli.Manifests;

/// <summary>The controllers in a cluster: an account that may do what they declare, and a Deployment in which a Lease decides who works.</summary>
internal static class ControllerManifests
{
    internal const string Name = "lodestone-controller";

    private const int HealthPort = 8081;

    /// <summary>Any but root's.</summary>
    private const int User = 65532;

    /// <summary>In the order in which they can be applied.</summary>
    internal static IEnumerable<JsonObject> All(ManifestOptions options) =>
        [.. ManifestObjects.Namespaces(options), .. ManifestObjects.Account(Name, options, ControllerRole.ClusterRules(), ControllerRole.SystemRules()), Deployment(options)];

    private static JsonObject Deployment(ManifestOptions options)
    {
        JsonObject deployment = ManifestObjects.Create("apps/v1", "Deployment", options.Namespace, Name);
        deployment["metadata"]!["labels"] = ManifestObjects.Labels(Name);
        deployment["spec"] = new JsonObject
        {
            ["replicas"] = options.Replicas,
            ["selector"] = new JsonObject { ["matchLabels"] = ManifestObjects.Labels(Name) },
            ["template"] = new JsonObject
            {
                ["metadata"] = new JsonObject { ["labels"] = ManifestObjects.Labels(Name) },
                ["spec"] = new JsonObject
                {
                    ["serviceAccountName"] = Name,
                    ["nodeSelector"] = new JsonObject { ["kubernetes.io/os"] = "linux" },
                    ["securityContext"] = new JsonObject
                    {
                        ["runAsNonRoot"] = true,
                        ["runAsUser"] = User,
                        ["runAsGroup"] = User,
                        ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" },
                    },
                    ["affinity"] = Apart(),
                    // Long enough to give the Lease up.
                    ["terminationGracePeriodSeconds"] = 30,
                    ["containers"] = new JsonArray(Container(options)),
                },
            },
        };
        return deployment;
    }

    private static JsonObject Container(ManifestOptions options) => new()
    {
        ["name"] = "controller",
        ["image"] = options.Image,
        ["args"] = ManifestObjects.Texts("controller", $"--health-listen=[::]:{HealthPort}"),
        // Its socket is a file, and there is nowhere to write one.
        ["env"] = new JsonArray(ManifestObjects.Variable("DOTNET_EnableDiagnostics", "0")),
        ["ports"] = new JsonArray(new JsonObject { ["name"] = "health", ["containerPort"] = HealthPort, ["protocol"] = "TCP" }),
        ["livenessProbe"] = ManifestObjects.Probe("/livez", "health", null, periodSeconds: 10),
        ["readinessProbe"] = ManifestObjects.Probe("/readyz", "health", null, periodSeconds: 5),
        ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["cpu"] = "100m", ["memory"] = "128Mi" } },
        ["securityContext"] = new JsonObject
        {
            ["allowPrivilegeEscalation"] = false,
            ["readOnlyRootFilesystem"] = true,
            ["capabilities"] = new JsonObject { ["drop"] = ManifestObjects.Texts("ALL") },
        },
    };

    /// <summary>On machines of their own, where there are enough.</summary>
    private static JsonObject Apart() => new()
    {
        ["podAntiAffinity"] = new JsonObject
        {
            ["preferredDuringSchedulingIgnoredDuringExecution"] = new JsonArray(new JsonObject
            {
                ["weight"] = 100,
                ["podAffinityTerm"] = new JsonObject
                {
                    ["topologyKey"] = "kubernetes.io/hostname",
                    ["labelSelector"] = new JsonObject { ["matchLabels"] = ManifestObjects.Labels(Name) },
                },
            }),
        },
    };
}
