using System.Text;
using System.Text.Json.Nodes;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Tests.GarbageCollection;

/// <summary>Objects with owners.</summary>
internal static class Owned
{
    public static string Leases(string ns) => $"/apis/coordination.k8s.io/v1/namespaces/{ns}/leases";

    /// <summary>A reference to an object as the server answered it.</summary>
    public static string By(ApiAnswer owner, bool? blocks = null) => Reference(
        (string)owner.Json["kind"]!, owner.Name, owner.Uid, (string)owner.Json["apiVersion"]!, blocks);

    public static string Reference(string kind, string name, string uid, string apiVersion = "networking.ironcore.dev/v1alpha1", bool? blocks = null) =>
        $$"""{"apiVersion":"{{apiVersion}}","kind":"{{kind}}","name":"{{name}}","uid":"{{uid}}"{{(blocks is { } b ? $",\"blockOwnerDeletion\":{(b ? "true" : "false")}" : "")}}}""";

    public static string LoadBalancer(string name, string references, string? finalizer = null)
    {
        JsonObject value = JsonNode.Parse(Samples.LoadBalancer(name))!.AsObject();
        value["metadata"]!["ownerReferences"] = JsonNode.Parse($"[{references}]");
        value["metadata"]!["finalizers"] = finalizer is null ? null : new JsonArray(finalizer);
        return value.ToJsonString();
    }

    public static string Lease(string name, string references) =>
        $$$"""{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"{{{name}}}","ownerReferences":[{{{references}}}]},"spec":{}}""";

    /// <summary>Many leases past the API, not more at once than the store lets wait.</summary>
    public static async Task StoreLeasesAsync(IObjectStore store, string ns, string prefix, int count, string references)
    {
        foreach (int[] batch in Enumerable.Range(0, count).Chunk(2048))
        {
            await Task.WhenAll(batch.Select(i => store.WriteAsync(StoredLease(ns, $"{prefix}{i}", references))));
        }
    }

    /// <summary>A lease past the API.</summary>
    public static StoreWrite StoredLease(string ns, string name, string references) => StoreWrite.Create(
        "leases.coordination.k8s.io",
        new ObjectDraft(Encoding.UTF8.GetBytes($$$"""
            {"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"{{{name}}}","namespace":"{{{ns}}}","uid":"{{{Guid.NewGuid()}}}","resourceVersion":"","ownerReferences":[{{{references}}}]},"spec":{}}
            """)));
}
