using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Lodestone.Api.Resources;
using Lodestone.Client.Config;
using Xunit;

namespace Lodestone.Controllers.Tests.Clusters;

/// <summary>Takes all objects of our kinds, our Leases and our Events out of a cluster, and namespaces that a test made.</summary>
internal sealed class ClusterCleaner : IDisposable
{
    /// <summary>For how long nothing may get on.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly string[] Kept = ["default", "kube-system", "kube-public", "kube-node-lease", "lodestone-system"];

    /// <summary>Namespaces that were there before the first test.</summary>
    private static HashSet<string>? _known;

    private readonly HttpClient _http;

    internal ClusterCleaner(string kubeconfig)
    {
        var config = KubeConfig.Load(kubeconfig);
        _http = new HttpClient(Transport.Create(config)) { BaseAddress = config.Server };
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Refuses a cluster in which somebody's load balancers are, and waits until it serves our kinds.</summary>
    internal async Task RequireEmptyAsync()
    {
        _known = [.. Kept, .. (await ListAsync("/api/v1/namespaces") ?? []).Select(NameOf)];
        foreach (ResourceDefinition definition in Kinds)
        {
            string path = $"/apis/{definition.ApiVersion}/{definition.Plural}";
            JsonArray? items = null;
            await UntilAsync(async () => (items = await ListAsync(path)) is not null, $"{path} is served");
            Assert.True(items!.Count == 0, $"the cluster has {definition.Plural}: tests delete all of them, so they want a cluster without any");
        }
    }

    internal async Task CleanAsync()
    {
        foreach (ResourceDefinition definition in Kinds)
        {
            await DeleteAllAsync($"/apis/{definition.ApiVersion}", definition.Plural, _ => true);
        }

        await DeleteAllAsync("/api/v1", "events", IsOurs);
        await DeleteAllAsync("/apis/coordination.k8s.io/v1", "leases", l => NamespaceOf(l) == "lodestone-system");
        await DeleteAllAsync("/api/v1", "namespaces", n => !_known!.Contains(NameOf(n)));
    }

    /// <summary>Deletes a namespace and all objects of our kinds in it, each once and as it is, and lets the namespace go when they are gone.</summary>
    internal async Task DeleteNamespaceAsync(string name, CancellationToken cancellationToken)
    {
        await SendAsync(HttpMethod.Delete, $"/api/v1/namespaces/{name}");
        string[] collections = [.. Kinds.Where(d => d.IsNamespaced).Select(d => $"/apis/{d.ApiVersion}/namespaces/{name}/{d.Plural}")];
        foreach (string collection in collections)
        {
            await SendAsync(HttpMethod.Delete, collection);
        }

        foreach (string collection in collections)
        {
            await UntilAsync(async () => (await ListAsync(collection))!.Count == 0, $"{collection} is empty");
        }

        cancellationToken.ThrowIfCancellationRequested();
        var empty = new JsonObject { ["metadata"] = new JsonObject { ["name"] = name }, ["spec"] = new JsonObject { ["finalizers"] = new JsonArray() } };
        await SendAsync(HttpMethod.Put, $"/api/v1/namespaces/{name}/finalize", empty.ToJsonString(), "application/json");
    }

    private static IEnumerable<ResourceDefinition> Kinds => ResourceDefinitions.All.Where(d => !d.IsBuiltIn);

    private static bool IsOurs(JsonNode item) => (string?)item["reportingComponent"] == "lodestone-controllers";

    private static string NameOf(JsonNode? item) => (string)item!["metadata"]!["name"]!;

    private static string? NamespaceOf(JsonNode item) => (string?)item["metadata"]!["namespace"];

    private static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience, $"not within {Patience.TotalSeconds} s: {what}");
            await Task.Delay(20);
        }
    }

    /// <summary>Deletes until there is nothing; each object more than once where somebody writes it meanwhile.</summary>
    private async Task DeleteAllAsync(string group, string plural, Func<JsonNode, bool> where)
    {
        long progressed = TimeProvider.System.GetTimestamp();
        HashSet<string> left = [];
        while (true)
        {
            JsonNode[] items = [.. (await ListAsync($"{group}/{plural}") ?? []).Where(i => where(i!)).Select(i => i!)];
            if (items.Length == 0)
            {
                return;
            }

            HashSet<string> now = [.. items.Select(i => (string)i["metadata"]!["uid"]!)];
            if (!now.SetEquals(left))
            {
                progressed = TimeProvider.System.GetTimestamp();
                left = now;
            }

            Assert.True(
                TimeProvider.System.GetElapsedTime(progressed) < Patience,
                $"{items.Length} {plural}, among them {NameOf(items[0])}, do not go within {Patience.TotalSeconds} s");
            await Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (item, _) => await DeleteAsync(group, plural, item));
            await Task.Delay(20);
        }
    }

    private async Task DeleteAsync(string group, string plural, JsonNode item)
    {
        string scope = NamespaceOf(item) is { } ns ? $"/namespaces/{ns}" : "";
        string path = $"{group}{scope}/{plural}/{NameOf(item)}";
        if (item["metadata"]!["finalizers"] is not null)
        {
            await SendAsync(HttpMethod.Patch, path, """{"metadata":{"finalizers":null}}""", "application/merge-patch+json");
        }

        await SendAsync(HttpMethod.Delete, path);
        if (plural == "namespaces")
        {
            // Nobody else does it where there is no kube-controller-manager.
            item["spec"] = new JsonObject { ["finalizers"] = new JsonArray() };
            await SendAsync(HttpMethod.Put, $"{path}/finalize", item.ToJsonString(), "application/json");
        }
    }

    /// <summary>The items of a collection; null where it is not served.</summary>
    private async Task<JsonArray?> ListAsync(string path)
    {
        using HttpResponseMessage response = await _http.GetAsync(path);
        return response.IsSuccessStatusCode ? JsonNode.Parse(await response.Content.ReadAsStringAsync())!["items"]?.AsArray() ?? [] : null;
    }

    private async Task SendAsync(HttpMethod method, string path, string? body = null, string? contentType = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, contentType!);
        }

        using HttpResponseMessage response = await _http.SendAsync(request);
        Assert.True(
            response.IsSuccessStatusCode || response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict,
            $"{method} {path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
    }
}
