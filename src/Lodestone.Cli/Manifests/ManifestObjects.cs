using System.Text.Json;
using System.Text.Json.Nodes;

using Lodestone.Api.Json;
using Lodestone.Api.Rbac;
using Lodestone.Client.Leases;

namespace Lodestone.Cli.Manifests;

/// <summary>What controllers and agents both need in a cluster: namespaces, an account, and what it may do.</summary>
internal static class ManifestObjects
{
    internal const string NameLabel = "app.kubernetes.io/name";

    private const string RbacGroup = "rbac.authorization.k8s.io";

    /// <summary>The namespaces of pods and of Leases. Agents use the machine's network and BPF file system, which only the least strict pod security lets them.</summary>
    internal static IEnumerable<JsonObject> Namespaces(ManifestOptions options)
    {
        foreach (string name in new[] { LeaseOptions.SystemNamespace, options.Namespace }.Distinct())
        {
            JsonObject ns = Create("v1", "Namespace", null, name);
            if (name == options.Namespace)
            {
                ns["metadata"]!["labels"] = new JsonObject { ["pod-security.kubernetes.io/enforce"] = "privileged" };
            }

            yield return ns;
        }
    }

    /// <summary>A service account, a cluster role and a role in the namespace of the Leases, all of one name, and their bindings.</summary>
    internal static IEnumerable<JsonObject> Account(string name, ManifestOptions options, IReadOnlyList<PolicyRule> clusterRules, IReadOnlyList<PolicyRule> systemRules)
    {
        yield return Create("v1", "ServiceAccount", options.Namespace, name);
        yield return Role("ClusterRole", null, name, clusterRules);
        yield return Binding("ClusterRole", null, name, options);
        yield return Role("Role", LeaseOptions.SystemNamespace, name, systemRules);
        yield return Binding("Role", LeaseOptions.SystemNamespace, name, options);
    }

    internal static JsonObject Create(string apiVersion, string kind, string? ns, string name)
    {
        var metadata = new JsonObject { ["name"] = name };
        if (ns is not null)
        {
            metadata["namespace"] = ns;
        }

        return new JsonObject { ["apiVersion"] = apiVersion, ["kind"] = kind, ["metadata"] = metadata };
    }

    internal static JsonObject Labels(string name) => new() { [NameLabel] = name };

    internal static JsonArray Texts(params ReadOnlySpan<string> texts)
    {
        var list = new JsonArray();
        foreach (string text in texts)
        {
            list.Add((JsonNode)text);
        }

        return list;
    }

    internal static JsonObject Variable(string name, string value) => new() { ["name"] = name, ["value"] = value };

    /// <summary>A probe of <c>--health-listen</c>.</summary>
    internal static JsonObject Probe(string path, JsonNode port, string? host, int periodSeconds)
    {
        var get = new JsonObject { ["path"] = path, ["port"] = port };
        if (host is not null)
        {
            get["host"] = host;
        }

        return new JsonObject { ["httpGet"] = get, ["periodSeconds"] = periodSeconds, ["timeoutSeconds"] = 2 };
    }

    private static JsonObject Role(string kind, string? ns, string name, IReadOnlyList<PolicyRule> rules)
    {
        JsonObject role = Create($"{RbacGroup}/v1", kind, ns, name);
        role["rules"] = new JsonArray([.. rules.Select(r => JsonSerializer.SerializeToNode(r, ApiJsonContext.Default.PolicyRule))]);
        return role;
    }

    private static JsonObject Binding(string kind, string? ns, string name, ManifestOptions options)
    {
        JsonObject binding = Create($"{RbacGroup}/v1", kind + "Binding", ns, name);
        binding["roleRef"] = new JsonObject { ["apiGroup"] = RbacGroup, ["kind"] = kind, ["name"] = name };
        binding["subjects"] = new JsonArray(new JsonObject { ["kind"] = "ServiceAccount", ["name"] = name, ["namespace"] = options.Namespace });
        return binding;
    }
}
