using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lodestone.Api.Json;
using Lodestone.Api.Meta;
using Lodestone.Api.Rbac;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Formatting;
using Lodestone.ApiServer.Security.Rbac;

namespace Lodestone.ApiServer.Aggregation;

/// <summary>What registers an aggregated server with a cluster: where it is, what it may ask, and the roles of those who use it.</summary>
public static class ApiServiceManifests
{
    private const string Rbac = "rbac.authorization.k8s.io/v1";
    private const string NameLabel = "app.kubernetes.io/name";

    /// <summary>Beside the priorities of other groups of the same age; CRDs have 1000 and 100.</summary>
    private const int GroupPriority = 2000;

    private const int VersionPriority = 100;

    /// <summary>The manifests as YAML documents, in the order in which they can be applied.</summary>
    public static string Write(ApiServiceManifestOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var text = new StringBuilder();
        foreach (JsonObject manifest in Manifests(options))
        {
            using var document = JsonDocument.Parse(manifest.ToJsonString());
            using var writer = new StringWriter(CultureInfo.InvariantCulture);
            YamlText.Write(writer, document.RootElement);
            text.Append("---\n").Append(writer.ToString().TrimEnd()).Append('\n');
        }

        return text.ToString();
    }

    private static IEnumerable<JsonObject> Manifests(ApiServiceManifestOptions options)
    {
        yield return Manifest("v1", "Namespace", null, options.Namespace);
        yield return Manifest("v1", "ServiceAccount", options.Namespace, options.Service);
        yield return Binding("ClusterRoleBinding", null, $"{options.Service}:auth-delegator", "ClusterRole", "system:auth-delegator", options);
        yield return Binding("RoleBinding", "kube-system", $"{options.Service}:auth-reader", "Role", "extension-apiserver-authentication-reader", options);
        JsonObject namespaces = Manifest(Rbac, "ClusterRole", null, $"{options.Service}:namespaces");
        namespaces["rules"] = new JsonArray(new JsonObject { ["apiGroups"] = Texts(""), ["resources"] = Texts("namespaces"), ["verbs"] = Texts("get", "list", "watch") });
        yield return namespaces;
        yield return Binding("ClusterRoleBinding", null, $"{options.Service}:namespaces", "ClusterRole", $"{options.Service}:namespaces", options);
        foreach (JsonObject role in Roles())
        {
            yield return role;
        }

        yield return Service(options);
        foreach ((string group, string version) in ResourceDefinitions.All.Where(r => !r.IsBuiltIn).Select(r => (r.Group, r.Version)).Distinct())
        {
            yield return ApiService(group, version, options);
        }
    }

    /// <summary>The roles of Lodestone's own users that make sense where other people's roles are too.</summary>
    private static IEnumerable<JsonObject> Roles()
    {
        string[] names = ["lodestone:aggregate-to-edit", "lodestone:aggregate-to-view", "lodestone:controller", "lodestone:agent"];
        foreach (ClusterRole role in BootstrapPolicy.ClusterRoles(withServices: true).Where(r => names.Contains(r.Metadata.Name)))
        {
            role.ApiVersion = Rbac;
            role.Kind = "ClusterRole";
            StripMarks(role.Metadata);
            yield return JsonSerializer.SerializeToNode(role, ApiJsonContext.Default.ClusterRole)!.AsObject();
        }

        foreach (ClusterRoleBinding binding in BootstrapPolicy.ClusterRoleBindings().Where(b => names.Contains(b.Metadata.Name)))
        {
            binding.ApiVersion = Rbac;
            binding.Kind = "ClusterRoleBinding";
            StripMarks(binding.Metadata);
            yield return JsonSerializer.SerializeToNode(binding, ApiJsonContext.Default.ClusterRoleBinding)!.AsObject();
        }
    }

    /// <summary>Takes off what says that the API server itself keeps them up to date.</summary>
    private static void StripMarks(ObjectMeta metadata)
    {
        metadata.Annotations = null;
        metadata.Labels?.Remove("kubernetes.io/bootstrapping");
        metadata.Labels = metadata.Labels is { Count: > 0 } labels ? labels : null;
    }

    private static JsonObject Service(ApiServiceManifestOptions options)
    {
        JsonObject service = Manifest("v1", "Service", options.Namespace, options.Service);
        service["spec"] = options.ExternalName is { } name
            ? new JsonObject { ["type"] = "ExternalName", ["externalName"] = name }
            : new JsonObject
            {
                ["selector"] = new JsonObject { [NameLabel] = options.Service },
                ["ports"] = new JsonArray(new JsonObject { ["name"] = "https", ["port"] = 443, ["protocol"] = "TCP", ["targetPort"] = options.Port }),
            };
        return service;
    }

    private static JsonObject ApiService(string group, string version, ApiServiceManifestOptions options)
    {
        JsonObject manifest = Manifest("apiregistration.k8s.io/v1", "APIService", null, $"{version}.{group}");
        var spec = new JsonObject
        {
            ["group"] = group,
            ["version"] = version,
            ["groupPriorityMinimum"] = GroupPriority,
            ["versionPriority"] = VersionPriority,
            // A Service of kind ExternalName can't map ports.
            ["service"] = new JsonObject { ["name"] = options.Service, ["namespace"] = options.Namespace, ["port"] = options.ExternalName is null ? 443 : options.Port },
        };
        if (options.AuthorityPem is { } pem)
        {
            spec["caBundle"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(pem));
        }
        else
        {
            spec["insecureSkipTLSVerify"] = true;
        }

        manifest["spec"] = spec;
        return manifest;
    }

    private static JsonObject Binding(string kind, string? ns, string name, string roleKind, string role, ApiServiceManifestOptions options)
    {
        JsonObject binding = Manifest(Rbac, kind, ns, name);
        binding["roleRef"] = new JsonObject { ["apiGroup"] = "rbac.authorization.k8s.io", ["kind"] = roleKind, ["name"] = role };
        binding["subjects"] = new JsonArray(new JsonObject { ["kind"] = "ServiceAccount", ["name"] = options.Service, ["namespace"] = options.Namespace });
        return binding;
    }

    private static JsonObject Manifest(string apiVersion, string kind, string? ns, string name)
    {
        var metadata = new JsonObject { ["name"] = name };
        if (ns is not null)
        {
            metadata["namespace"] = ns;
        }

        return new JsonObject { ["apiVersion"] = apiVersion, ["kind"] = kind, ["metadata"] = metadata };
    }

    private static JsonArray Texts(params ReadOnlySpan<string> texts)
    {
        var list = new JsonArray();
        foreach (string text in texts)
        {
            list.Add((JsonNode)text);
        }

        return list;
    }
}
