using System.Text.Json.Nodes;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.Tests.Manifests;

/// <summary>
/// What is written for IronCore's kinds, in every form its samples and tests have, is accepted as it stands and reads back as IronCore
/// gives it back: unchanged, but for what <c>stored.yaml</c> has of it with IronCore's defaults.
/// </summary>
public sealed class ManifestTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Manifests");
    private static readonly string[] SetByTheServer = ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "namespace"];
    private static readonly Dictionary<string, JsonObject> Stored = Read("stored.yaml").ToDictionary(Name);

    private readonly ApiClient _admin = server.Admin;

    public static TheoryData<string> Names => [.. Documents.Keys.Order(StringComparer.Ordinal)];

    private static Dictionary<string, JsonObject> Documents { get; } = Directory.EnumerateFiles(Folder, "*.yaml")
        .Select(f => Path.GetFileName(f)!).Where(f => f != "stored.yaml").SelectMany(Read).ToDictionary(Name);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Manifest_Created_ReadsBackAsWritten(string name)
    {
        JsonObject manifest = Documents[name];
        string collection = await CollectionAsync(manifest);

        ApiAnswer created = (await _admin.PostAsync($"{collection}?fieldValidation=Strict", manifest.ToJsonString())).Expect(201);
        ApiAnswer read = (await _admin.GetAsync($"{collection}/{created.Name}")).Expect(200);

        Assert.False(created.Headers.Contains("Warning"));
        AssertStored(manifest, read.Json);
        ApiAnswer put = (await _admin.PutAsync($"{collection}/{created.Name}", read.Text)).Expect(200);
        Assert.Equal(created.ResourceVersion, put.ResourceVersion);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Manifest_AppliedTwice_ReadsBackAsWrittenAndWritesOnce(string name)
    {
        JsonObject manifest = Documents[name];
        string path = $"{await CollectionAsync(manifest)}/{(string)manifest["metadata"]!["name"]!}?fieldManager=test";

        ApiAnswer first = (await _admin.SendAsync(HttpMethod.Patch, path, manifest.ToJsonString(), "application/apply-patch+yaml")).Expect(201);
        ApiAnswer second = (await _admin.SendAsync(HttpMethod.Patch, path, manifest.ToJsonString(), "application/apply-patch+yaml")).Expect(200);

        AssertStored(manifest, second.Json);
        Assert.Equal(first.ResourceVersion, second.ResourceVersion);
    }

    [Fact]
    public void Stored_EveryDocument_IsOfAManifestAndSaysMore() => Assert.All(Stored, stored =>
        Assert.False(JsonNode.DeepEquals(Documents[stored.Key], stored.Value)));

    private static void AssertStored(JsonObject manifest, JsonObject actual)
    {
        var metadata = (JsonObject)actual["metadata"]!;
        foreach (string field in SetByTheServer)
        {
            metadata.Remove(field);
        }

        // Of what nobody has looked at yet only this much may be said.
        if (actual["status"] is { } status)
        {
            Assert.Equal("""{"phase":"Pending"}""", status.ToJsonString());
            actual.Remove("status");
        }

        JsonObject expected = Stored.GetValueOrDefault(Name(manifest), manifest);
        Assert.True(JsonNode.DeepEquals(expected, actual), $"expected {expected.ToJsonString()}, got {actual.ToJsonString()}");
    }

    private async Task<string> CollectionAsync(JsonObject manifest)
    {
        ResourceDefinition definition = ResourceDefinitions.All.Single(d => d.Kind == (string)manifest["kind"]! && d.ApiVersion == (string)manifest["apiVersion"]!);
        return $"/apis/{definition.ApiVersion}/namespaces/{await server.NamespaceAsync()}/{definition.Plural}";
    }

    private static IEnumerable<JsonObject> Read(string file)
    {
        using StreamReader reader = File.OpenText(Path.Combine(Folder, file));
        return [.. YamlJson.Read(reader)];
    }

    private static string Name(JsonObject manifest) => $"{(string)manifest["kind"]!} {(string)manifest["metadata"]!["name"]!}";
}
