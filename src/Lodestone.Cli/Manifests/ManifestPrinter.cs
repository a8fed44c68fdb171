using System.Text.Json;
using System.Text.Json.Nodes;

using Lodestone.Api.CustomResources;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Formatting;

namespace Lodestone.Cli.Manifests;

/// <summary>Prints manifests: YAML documents, or one JSON List.</summary>
internal static class ManifestPrinter
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The definitions of our kinds.</summary>
    internal static IEnumerable<JsonObject> CustomResources(CustomResourceOptions options)
    {
        foreach (ResourceDefinition definition in CustomResourceWriter.Kinds)
        {
            using var json = new MemoryStream();
            using (var writer = new Utf8JsonWriter(json))
            {
                CustomResourceWriter.Write(writer, definition, options);
            }

            yield return JsonNode.Parse(json.ToArray())!.AsObject();
        }
    }

    /// <summary>Prints manifests; what is twice in them, once.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="notes">Where notes go beside the comments of YAML: who pipes the manifests on sees them too.</param>
    /// <param name="manifests">The manifests.</param>
    /// <param name="isJson">A List instead of documents.</param>
    /// <param name="texts">What whoever applies them has to know.</param>
    internal static void Print(TextWriter output, TextWriter notes, IEnumerable<JsonObject> manifests, bool isJson, params IEnumerable<string> texts)
    {
        foreach (string text in texts)
        {
            notes.WriteLine($"lodestone: note: {text}");
        }

        JsonObject[] all = [.. manifests.DistinctBy(m => $"{m["kind"]}/{m["metadata"]!["namespace"]}/{m["metadata"]!["name"]}")];
        if (isJson)
        {
            var list = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "List", ["items"] = new JsonArray([.. all]) };
            output.WriteLine(list.ToJsonString(Indented));
            return;
        }

        foreach (string text in texts)
        {
            output.WriteLine($"# Note: {text}");
        }

        foreach (JsonObject manifest in all)
        {
            using var document = JsonDocument.Parse(manifest.ToJsonString());
            output.WriteLine("---");
            YamlText.Write(output, document.RootElement);
        }
    }
}
