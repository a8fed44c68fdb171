using System.Buffers;
using System.Text;
using System.Text.Json;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.Api.Schemas;
using Lodestone.Api.Validation;
using YamlDotNet.RepresentationModel;

namespace Lodestone.Api.Tests;

/// <summary>Objects as tests write them: YAML or JSON, read the way the API server does.</summary>
internal static class Document
{
    private static readonly string[] PlainScalars = ["true", "false", "null"];

    /// <summary>All documents of a YAML text as JSON.</summary>
    public static List<string> ToJson(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return [.. stream.Documents.Select(d => ToJson(d.RootNode))];
    }

    /// <summary>The definition of the kind a JSON object says it is.</summary>
    public static ResourceDefinition DefinitionOf(string json)
    {
        using var document = JsonDocument.Parse(json);
        string kind = document.RootElement.GetProperty("kind").GetString()!;
        string version = document.RootElement.GetProperty("apiVersion").GetString()!;
        return ResourceDefinitions.All.Single(d => d.Kind == kind && d.ApiVersion == version);
    }

    /// <summary>The object as stored, without anything the schema does not know.</summary>
    public static (SchemaFindings Findings, string Pruned) Read(string json, Schema schema)
    {
        var buffer = new ArrayBufferWriter<byte>();
        SchemaFindings findings = SchemaReader.Read(Encoding.UTF8.GetBytes(json), schema, buffer);
        return (findings, Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    /// <summary>The object of a YAML or JSON text, with defaults.</summary>
    public static T Parse<T>(string yaml)
        where T : KubernetesObject
    {
        ResourceDefinition definition = ResourceDefinitions.Of<T>();
        (SchemaFindings findings, string pruned) = Read(ToJson(yaml).Single(), definition.Schema);
        if (findings.TypeErrors.Count + findings.UnknownFields.Count > 0)
        {
            throw new ArgumentException(string.Join("; ", findings.TypeErrors.Select(e => e.ToString()).Concat(findings.StrictProblems)));
        }

        var resource = (T)JsonSerializer.Deserialize(pruned, definition.TypeInfo)!;
        definition.Strategy.Default(resource);
        return resource;
    }

    public static string Serialize(KubernetesObject resource, ResourceDefinition definition) =>
        JsonSerializer.Serialize(resource, definition.TypeInfo);

    public static string[] Errors<T>(string yaml)
        where T : KubernetesObject => Texts(ResourceDefinitions.Of<T>().Strategy.Validate(Parse<T>(yaml)));

    public static string[] UpdateErrors<T>(string yaml, string old)
        where T : KubernetesObject => Texts(ResourceDefinitions.Of<T>().Strategy.ValidateUpdate(Parse<T>(yaml), Parse<T>(old)));

    public static bool JsonEquals(string left, string right)
    {
        using var a = JsonDocument.Parse(left);
        using var b = JsonDocument.Parse(right);
        return JsonElement.DeepEquals(a.RootElement, b.RootElement);
    }

    private static string[] Texts(FieldErrorList errors) => [.. errors.Select(e => e.ToString())];

    private static string ToJson(YamlNode node) => node switch
    {
        YamlMappingNode map => "{" + string.Join(',', map.Children.Select(c => $"{Quote(((YamlScalarNode)c.Key).Value!)}:{ToJson(c.Value)}")) + "}",
        YamlSequenceNode list => "[" + string.Join(',', list.Children.Select(ToJson)) + "]",
        YamlScalarNode { Style: YamlDotNet.Core.ScalarStyle.Plain } plain when IsPlain(plain.Value!) => plain.Value!,
        YamlScalarNode text => Quote(text.Value!),
        _ => throw new NotSupportedException(node.ToString()),
    };

    private static bool IsPlain(string text) =>
        PlainScalars.Contains(text) || (text.Length > 0 && text.TrimStart('-').All(char.IsAsciiDigit) && text != "-");

    private static string Quote(string text) => "\"" + JsonEncodedText.Encode(text) + "\"";
}
