using System.Text.Json.Nodes;

using Lodestone.Controllers;

namespace Lodestone.Cli.Manifests;

/// <summary>The controllers in a cluster: an account that may do what they declare, and a Deployment in which a Lease decides who works.</summary>
internal static class ControllerManifests
{
    internal const string Name = "lodestone-controller";

    private const int HealthPort = 8081;

    /// <summary>Kubernetes 1.21.</summary>
    private const int FirstWithBudgetV1 = 21;

    /// <summary>Any but root's.</summary>
    private const int User = 65532;

    /// <summary>In the order in which they can be applied.</summary>
    internal static IEnumerable<JsonObject> All(ManifestOptions options) =>
    [
        .. ManifestObjects.Namespaces(options),
        .. ManifestObjects.Account(Name, options, ControllerRole.ClusterRules(), ControllerRole.SystemRules()),
        NetworkPolicy(options),
        DisruptionBudget(options),
        .. options.Monitoring ? MonitoringManifests.All(Name, options, HealthPort) : [],
        Deployment(options),
    ];

    /// <summary>Nobody has a reason to talk to a controller but who asks for its health and metrics. What it talks to, the API server, a policy can't name.</summary>
    private static JsonObject NetworkPolicy(ManifestOptions options)
    {
        JsonObject policy = ManifestObjects.Create("networking.k8s.io/v1", "NetworkPolicy", options.Namespace, Name);
        policy["metadata"]!["labels"] = ManifestObjects.Labels(Name);
        policy["spec"] = new JsonObject
        {
            ["podSelector"] = new JsonObject { ["matchLabels"] = ManifestObjects.Labels(Name) },
            ["policyTypes"] = ManifestObjects.Texts("Ingress"),
            ["ingress"] = new JsonArray(new JsonObject
            {
                ["ports"] = new JsonArray(new JsonObject { ["port"] = HealthPort, ["protocol"] = "TCP" }),
            }),
        };
        return policy;
    }

    /// <summary>Drains of nodes take one pod at a time. Of a single one too: packets need no controller.</summary>
    private static JsonObject DisruptionBudget(ManifestOptions options)
    {
        string version = options.CustomResources.Minor < FirstWithBudgetV1 ? "policy/v1beta1" : "policy/v1";
        JsonObject budget = ManifestObjects.Create(version, "PodDisruptionBudget", options.Namespace, Name);
        budget["metadata"]!["labels"] = ManifestObjects.Labels(Name);
        budget["spec"] = new JsonObject
        {
            ["maxUnavailable"] = 1,
            ["selector"] = new JsonObject { ["matchLabels"] = ManifestObjects.Labels(Name) },
        };
        return budget;
    }

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
