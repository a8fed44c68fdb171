using System.Buffers;
using System.CommandLine;
using System.Text;
using System.Text.Json;

using Lodestone.Api.CustomResources;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Formatting;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone manifests crds</c>.</summary>
internal static class CustomResourcesCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var output = new Option<string>("--output", "-o")
        {
            Description = "yaml, one document per kind, or json, a List.",
            HelpName = "yaml|json",
            DefaultValueFactory = _ => "yaml",
        };
        output.AcceptOnlyFromAmong("yaml", "json");
        var selectable = new Option<bool>("--selectable-fields")
        {
            Description = "Name the fields that --field-selector may use; for Kubernetes 1.31 and newer.",
        };
        var command = new LodestoneCommand("crds", "CustomResourceDefinitions of Lodestone's kinds, for a cluster that keeps their objects itself.")
        {
            Details = "The cluster's API server then checks types, enums and required fields; the rest of what 'lodestone apiserver' refuses, it accepts.",
            Examples = ["manifests crds | kubectl apply -f -", "manifests crds -o json"],
        };
        command.Options.Add(output);
        command.Options.Add(selectable);
        command.SetAction(result =>
        {
            var options = new CustomResourceOptions { WithSelectableFields = result.GetValue(selectable) };
            Print(Console.Out, options, result.GetRequiredValue(output) == "json");
            return ExitCodes.Ok;
        });
        return command;
    }

    private static void Print(TextWriter output, CustomResourceOptions options, bool isJson)
    {
        if (isJson)
        {
            output.WriteLine(Encoding.UTF8.GetString(WriteList(options).WrittenSpan));
            return;
        }

        foreach (ResourceDefinition definition in CustomResourceWriter.Kinds)
        {
            var json = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(json))
            {
                CustomResourceWriter.Write(writer, definition, options);
            }

            using var document = JsonDocument.Parse(json.WrittenMemory);
            output.WriteLine("---");
            YamlText.Write(output, document.RootElement);
        }
    }

    private static ArrayBufferWriter<byte> WriteList(CustomResourceOptions options)
    {
        var json = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(json, new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteString("apiVersion", "v1");
        writer.WriteString("kind", "List");
        writer.WriteStartArray("items");
        foreach (ResourceDefinition definition in CustomResourceWriter.Kinds)
        {
            CustomResourceWriter.Write(writer, definition, options);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        return json;
    }
}
