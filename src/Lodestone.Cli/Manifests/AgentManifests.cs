using System.Text.Json.Nodes;

using Lodestone.ApiServer.Security.Rbac;

namespace Lodestone.Cli.Manifests;

/// <summary>The agents in a cluster: an account, and a DaemonSet whose pods load and fill the packet programs of their machines.</summary>
internal static class AgentManifests
{
    internal const string Name = "lodestone-agent";

    /// <summary>The Secret that the administrator makes: all gateways hash flows under the same key.</summary>
    internal const string KeySecret = "lodestone-flow-hash";

    private const string KeyFile = "flow-hash.key";
    private const string KeyDirectory = "/etc/lodestone";
    private const string BpfDirectory = "/sys/fs/bpf";
    private const string BgpDirectory = "/run/lodestone-bgp";
    private const int HealthPort = 9474;

    /// <summary>Programs and maps; links and filters; what the verifier allows with it; packet sockets for announcements.</summary>
    private static readonly string[] Capabilities = ["BPF", "NET_ADMIN", "PERFMON", "NET_RAW"];

    /// <summary>FRR's own, and what starts it as its user, speaks with it and ends it.</summary>
    private static readonly string[] BgpCapabilities = ["SYS_ADMIN", "NET_BIND_SERVICE", "CHOWN", "DAC_OVERRIDE", "KILL", "SETGID", "SETUID"];

    /// <summary>What the administrator has to do beside applying them.</summary>
    internal static string Note(ManifestOptions options) =>
        "Agents wait for the Secret with the key that all gateways hash flows under. Make it once: "
        + $"kubectl -n {options.Namespace} create secret generic {KeySecret} --from-literal={KeyFile}=$(openssl rand -hex 32)";

    /// <summary>In the order in which they can be applied.</summary>
    internal static IEnumerable<JsonObject> All(ManifestOptions options) =>
        [.. ManifestObjects.Namespaces(options), .. ManifestObjects.Account(Name, options, AgentRole.ClusterRules(), AgentRole.SystemRules()), .. options.Monitoring ? MonitoringManifests.All(Name, options, HealthPort) : [], DaemonSet(options)];

    private static JsonObject DaemonSet(ManifestOptions options)
    {
        JsonObject daemons = ManifestObjects.Create("apps/v1", "DaemonSet", options.Namespace, Name);
        daemons["metadata"]!["labels"] = ManifestObjects.Labels(Name);
        daemons["spec"] = new JsonObject
        {
            ["selector"] = new JsonObject { ["matchLabels"] = ManifestObjects.Labels(Name) },
            // What is pinned serves on while an agent is replaced.
            ["updateStrategy"] = new JsonObject { ["type"] = "RollingUpdate", ["rollingUpdate"] = new JsonObject { ["maxUnavailable"] = 1 } },
            ["template"] = new JsonObject
            {
                ["metadata"] = new JsonObject { ["labels"] = ManifestObjects.Labels(Name) },
                ["spec"] = new JsonObject
                {
                    ["serviceAccountName"] = Name,
                    ["hostNetwork"] = true,
                    ["dnsPolicy"] = "ClusterFirstWithHostNet",
                    ["nodeSelector"] = new JsonObject { ["kubernetes.io/os"] = "linux" },
                    ["tolerations"] = new JsonArray(new JsonObject { ["operator"] = "Exists" }),
                    ["containers"] = new JsonArray(Container(options)),
                    ["volumes"] = With(
                        options,
                        new JsonObject { ["name"] = "bgp", ["emptyDir"] = new JsonObject { ["medium"] = "Memory" } },
                        new JsonObject { ["name"] = "bpf", ["hostPath"] = new JsonObject { ["path"] = BpfDirectory, ["type"] = "Directory" } },
                        new JsonObject { ["name"] = "key", ["secret"] = new JsonObject { ["secretName"] = KeySecret, ["defaultMode"] = 256 } }),
                },
            },
        };
        return daemons;
    }

    private static JsonObject Container(ManifestOptions options)
    {
        // Probes and metrics are plain HTTP: at the node's addresses only where somebody is to scrape them.
        string address = options.Monitoring ? "[::]" : "127.0.0.1";
        JsonArray arguments = ManifestObjects.Texts(
            "agent", "--host-name=$(NODE_NAME)", $"--pin-dir={BpfDirectory}/lodestone", $"--flow-hash-key={KeyDirectory}/{KeyFile}", $"--health-listen={address}:{HealthPort}");
        // A kubelet probes the pod's address, which is the node's, unless told otherwise.
        string? probed = options.Monitoring ? null : "127.0.0.1";
        if (options.Uplink is { } uplink)
        {
            arguments.Add((JsonNode)$"--uplink={uplink}");
        }

        return new JsonObject
        {
            ["name"] = "agent",
            ["image"] = options.Image,
            ["args"] = arguments,
            ["env"] = new JsonArray(
                new JsonObject { ["name"] = "NODE_NAME", ["valueFrom"] = new JsonObject { ["fieldRef"] = new JsonObject { ["fieldPath"] = "spec.nodeName" } } },
                ManifestObjects.Variable("DOTNET_EnableDiagnostics", "0")),
            ["livenessProbe"] = ManifestObjects.Probe("/livez", HealthPort, probed, periodSeconds: 10),
            ["readinessProbe"] = ManifestObjects.Probe("/readyz", HealthPort, probed, periodSeconds: 5),
            ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["cpu"] = "100m", ["memory"] = "128Mi" } },
            ["securityContext"] = new JsonObject
            {
                ["runAsUser"] = 0,
                ["allowPrivilegeEscalation"] = false,
                ["readOnlyRootFilesystem"] = true,
                ["capabilities"] = new JsonObject { ["drop"] = ManifestObjects.Texts("ALL"), ["add"] = ManifestObjects.Texts(options.Bgp ? [.. Capabilities, .. BgpCapabilities] : Capabilities) },
            },
            ["volumeMounts"] = With(
                options,
                new JsonObject { ["name"] = "bgp", ["mountPath"] = BgpDirectory },
                new JsonObject { ["name"] = "bpf", ["mountPath"] = BpfDirectory, ["mountPropagation"] = "HostToContainer" },
                new JsonObject { ["name"] = "key", ["mountPath"] = KeyDirectory, ["readOnly"] = true }),
        };
    }

    /// <summary>Items of which the first, as kustomize puts what it adds, is there where BGP is spoken.</summary>
    private static JsonArray With(ManifestOptions options, JsonObject bgp, params JsonNode[] items) => new(options.Bgp ? [bgp, .. items] : items);
}
