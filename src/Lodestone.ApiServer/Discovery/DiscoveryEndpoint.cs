using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Formatting;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Discovery;

/// <summary>Tells what is served: the aggregated document of <c>apidiscovery.k8s.io/v2</c> to those who ask for it, the older lists to everybody else.</summary>
internal sealed class DiscoveryEndpoint
{
    private const string AggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    private readonly List<(string Group, string Version, ResourceDefinition[] Resources)> _groups;
    private readonly (byte[] Json, string Tag) _coreAggregated;
    private readonly (byte[] Json, string Tag) _groupsAggregated;

    /// <summary>Discovery of these kinds.</summary>
    public DiscoveryEndpoint(IEnumerable<ResourceDefinition> resources)
    {
        _groups = [.. resources.GroupBy(r => (r.Group, r.Version)).Select(g => (g.Key.Group, g.Key.Version, g.ToArray()))];
        _coreAggregated = Tagged(Responses.Write(w => WriteAggregated(w, _groups.Where(g => g.Group.Length == 0))));
        _groupsAggregated = Tagged(Responses.Write(w => WriteAggregated(w, _groups.Where(g => g.Group.Length > 0))));
    }

    /// <summary>Answers a discovery request; false if the path is none.</summary>
    /// <exception cref="ApiException">406.</exception>
    public async Task<bool> TryHandleAsync(HttpContext http, string path)
    {
        switch (path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            case []:
                await Responses.JsonAsync(http, 200, WritePaths);
                return true;
            case ["api"]:
                await RootAsync(http, _coreAggregated, w => WriteApiVersions(w, http.Connection));
                return true;
            case ["apis"]:
                await RootAsync(http, _groupsAggregated, WriteApiGroupList);
                return true;
            case ["api", var version]:
                return await TryListAsync(http, "", version);
            case ["apis", var group, var version]:
                return await TryListAsync(http, group, version);
            case ["apis", var group] when _groups.Any(g => g.Group == group && group.Length > 0):
                Negotiation.RequireFull(http.Request);
                await Responses.JsonAsync(http, 200, writer => WriteApiGroup(writer, group, isRoot: true));
                return true;
            default:
                return false;
        }
    }

    private static (byte[] Json, string Tag) Tagged(byte[] json) => (json, $"\"{Convert.ToHexString(SHA256.HashData(json))}\"");

    private static async Task RootAsync(HttpContext http, (byte[] Json, string Tag) aggregated, Action<Utf8JsonWriter> writeLegacy)
    {
        http.Response.Headers.Vary = "Accept";
        if (!WantsAggregated(http.Request))
        {
            await Responses.JsonAsync(http, 200, writeLegacy);
            return;
        }

        http.Response.Headers.ETag = aggregated.Tag;
        if (http.Request.Headers.IfNoneMatch.Contains(aggregated.Tag))
        {
            http.Response.StatusCode = 304;
            return;
        }

        await Responses.JsonAsync(http, 200, aggregated.Json, AggregatedType);
    }

    /// <summary>The first clause that can be met decides. A client that knows only v2beta1 must not get v2, it would see no resources at all: it gets the older list.</summary>
    /// <exception cref="ApiException">406.</exception>
    private static bool WantsAggregated(HttpRequest request)
    {
        List<MediaType> accepted = MediaType.ParseAccept(request.Headers.Accept);
        bool knowsBeta = false;
        foreach (MediaType type in accepted)
        {
            if (!type.IsTransform && (type.IsJson || type.IsYaml))
            {
                ResponseForm.Choose(request.HttpContext, type);
                return false;
            }

            if (!type.IsJson || type.Parameters.GetValueOrDefault("g") != "apidiscovery.k8s.io" || type.Parameters.GetValueOrDefault("as") != "APIGroupDiscoveryList")
            {
                continue;
            }

            if (type.Parameters.GetValueOrDefault("v") == "v2")
            {
                return true;
            }

            knowsBeta = true;
        }

        return knowsBeta || accepted.Count == 0 ? false : throw ApiErrors.NotAcceptable("application/json", "application/yaml");
    }

    private static void WriteAggregated(Utf8JsonWriter writer, IEnumerable<(string Group, string Version, ResourceDefinition[] Resources)> groups)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", "APIGroupDiscoveryList");
        writer.WriteString("apiVersion", "apidiscovery.k8s.io/v2");
        writer.WriteStartObject("metadata");
        writer.WriteEndObject();
        writer.WriteStartArray("items");
        foreach (var group in groups.GroupBy(g => g.Group))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("metadata");
            if (group.Key.Length > 0)
            {
                writer.WriteString("name", group.Key);
            }

            writer.WriteNull("creationTimestamp");
            writer.WriteEndObject();
            writer.WriteStartArray("versions");
            foreach ((_, string version, ResourceDefinition[] resources) in group)
            {
                writer.WriteStartObject();
                writer.WriteString("version", version);
                writer.WriteStartArray("resources");
                foreach (ResourceDefinition resource in resources)
                {
                    WriteAggregated(writer, resource);
                }

                writer.WriteEndArray();
                writer.WriteString("freshness", "Current");
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteAggregated(Utf8JsonWriter writer, ResourceDefinition resource)
    {
        writer.WriteStartObject();
        writer.WriteString("resource", resource.Plural);
        WriteResponseKind(writer, (resource.Group, resource.Version, resource.Kind));
        writer.WriteString("scope", resource.IsNamespaced ? "Namespaced" : "Cluster");
        writer.WriteString("singularResource", resource.Singular);
        WriteStrings(writer, "verbs", resource.Verbs);
        WriteStrings(writer, "shortNames", resource.ShortNames);
        WriteStrings(writer, "categories", resource.Categories);
        if (resource.Subresources.Any())
        {
            writer.WriteStartArray("subresources");
            foreach (Subresource subresource in resource.Subresources)
            {
                writer.WriteStartObject();
                writer.WriteString("subresource", subresource.Name);
                WriteResponseKind(writer, subresource.ResponseKind ?? (resource.Group, resource.Version, resource.Kind));
                WriteStrings(writer, "verbs", subresource.Verbs);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void WriteResponseKind(Utf8JsonWriter writer, (string Group, string Version, string Kind) kind)
    {
        writer.WriteStartObject("responseKind");
        writer.WriteString("group", kind.Group);
        writer.WriteString("version", kind.Version);
        writer.WriteString("kind", kind.Kind);
        writer.WriteEndObject();
    }

    private static void WriteStrings(Utf8JsonWriter writer, string name, IReadOnlyCollection<string> values)
    {
        if (values.Count == 0)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (string value in values)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }

    private static void WriteResource(Utf8JsonWriter writer, ResourceDefinition resource)
    {
        writer.WriteStartObject();
        writer.WriteString("name", resource.Plural);
        writer.WriteString("singularName", resource.Singular);
        writer.WriteBoolean("namespaced", resource.IsNamespaced);
        writer.WriteString("kind", resource.Kind);
        WriteStrings(writer, "verbs", resource.Verbs);
        WriteStrings(writer, "shortNames", resource.ShortNames);
        WriteStrings(writer, "categories", resource.Categories);
        writer.WriteEndObject();
        foreach (Subresource subresource in resource.Subresources)
        {
            writer.WriteStartObject();
            writer.WriteString("name", $"{resource.Plural}/{subresource.Name}");
            writer.WriteString("singularName", "");
            writer.WriteBoolean("namespaced", resource.IsNamespaced);
            if (subresource.ResponseKind is { } kind)
            {
                writer.WriteString("group", kind.Group);
                writer.WriteString("version", kind.Version);
            }

            writer.WriteString("kind", subresource.ResponseKind?.Kind ?? resource.Kind);
            WriteStrings(writer, "verbs", subresource.Verbs);
            writer.WriteEndObject();
        }
    }

    private static void WriteVersion(Utf8JsonWriter writer, string group, string version)
    {
        writer.WriteStartObject();
        writer.WriteString("groupVersion", $"{group}/{version}");
        writer.WriteString("version", version);
        writer.WriteEndObject();
    }

    private static void WriteApiVersions(Utf8JsonWriter writer, ConnectionInfo connection)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", "APIVersions");
        WriteStrings(writer, "versions", ["v1"]);
        writer.WriteStartArray("serverAddressByClientCIDRs");
        writer.WriteStartObject();
        writer.WriteString("clientCIDR", "0.0.0.0/0");
        writer.WriteString("serverAddress", connection.LocalIpAddress is { } address ? new IPEndPoint(address, connection.LocalPort).ToString() : "");
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private async Task<bool> TryListAsync(HttpContext http, string group, string version)
    {
        ResourceDefinition[]? resources = _groups.Where(g => g.Group == group && g.Version == version).Select(g => g.Resources).FirstOrDefault();
        if (resources is null)
        {
            return false;
        }

        Negotiation.RequireFull(http.Request);
        await Responses.JsonAsync(http, 200, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("kind", "APIResourceList");
            writer.WriteString("apiVersion", "v1");
            writer.WriteString("groupVersion", group.Length == 0 ? version : $"{group}/{version}");
            writer.WriteStartArray("resources");
            foreach (ResourceDefinition resource in resources)
            {
                WriteResource(writer, resource);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });
        return true;
    }

    private void WriteApiGroupList(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", "APIGroupList");
        writer.WriteString("apiVersion", "v1");
        writer.WriteStartArray("groups");
        foreach (string group in _groups.Select(g => g.Group).Where(g => g.Length > 0).Distinct())
        {
            WriteApiGroup(writer, group, isRoot: false);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private void WriteApiGroup(Utf8JsonWriter writer, string group, bool isRoot)
    {
        string[] versions = [.. _groups.Where(g => g.Group == group).Select(g => g.Version)];
        writer.WriteStartObject();
        if (isRoot)
        {
            writer.WriteString("kind", "APIGroup");
            writer.WriteString("apiVersion", "v1");
        }

        writer.WriteString("name", group);
        writer.WriteStartArray("versions");
        foreach (string version in versions)
        {
            WriteVersion(writer, group, version);
        }

        writer.WriteEndArray();
        writer.WritePropertyName("preferredVersion");
        WriteVersion(writer, group, versions[0]);
        writer.WriteEndObject();
    }

    private void WritePaths(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        WriteStrings(writer, "paths",
        [
            "/api", "/api/v1", "/apis",
            .. _groups.Where(g => g.Group.Length > 0).Select(g => $"/apis/{g.Group}").Distinct(),
            .. _groups.Where(g => g.Group.Length > 0).Select(g => $"/apis/{g.Group}/{g.Version}"),
            "/healthz", "/livez", "/metrics", "/openapi/v2", "/openapi/v3", "/readyz", "/version",
        ]);
        writer.WriteEndObject();
    }
}
