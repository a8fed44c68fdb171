using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.Api.Schemas;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Json;

/// <summary>Turns what clients send into a kind's C# type, and that into the one form the store keeps.</summary>
internal sealed class ObjectCodec(ResourceDefinition resource)
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    /// <summary>Reads what a client sent: pruned of unknown fields, refused or warned about as the options say.</summary>
    /// <exception cref="ApiException">400.</exception>
    public KubernetesObject Decode(ReadOnlySpan<byte> json, WriteOptions options)
    {
        var pruned = new ArrayBufferWriter<byte>(Math.Max(256, json.Length));
        SchemaFindings findings;
        try
        {
            CheckType(json);
            findings = SchemaReader.Read(json, resource.Schema, pruned);
        }
        catch (JsonException exception)
        {
            throw ApiErrors.BadRequest($"the object provided is unrecognized (must be of type {resource.Kind}): {exception.Message}");
        }

        if (findings.TypeErrors.Count > 0)
        {
            throw ApiErrors.BadRequest(Refusal(string.Join(", ", findings.TypeErrors)));
        }

        if (options.FieldValidation != FieldValidation.Ignore)
        {
            string[] problems = [.. options.PatchProblems, .. findings.StrictProblems];
            if (options.FieldValidation == FieldValidation.Strict && (problems.Length > 0 || options.YamlDuplicates.Count > 0))
            {
                IEnumerable<string> yaml = options.YamlDuplicates.Count == 0 ? [] : [YamlJson.Describe(options.YamlDuplicates)];
                throw ApiErrors.BadRequest(Refusal($"strict decoding error: {string.Join(", ", [.. yaml, .. problems])}"));
            }

            options.Warnings.AddRange(options.YamlDuplicates);
            options.Warnings.AddRange(problems);
        }

        return Decode(pruned.WrittenSpan, resource);
    }

    /// <summary>Reads the result of a patch.</summary>
    public KubernetesObject Decode(JsonNode value, WriteOptions options) => Decode(Responses.Write(writer => value.WriteTo(writer)), options);

    /// <summary>Reads what the store keeps.</summary>
    public KubernetesObject Decode(StoredObject item) =>
        resource.Stored is { } stored ? stored.ToServed(Decode(item.Json, stored.Definition)) : Decode(item.Json, resource);

    /// <summary>An object of the store as clients see it.</summary>
    public byte[] Served(StoredObject item) =>
        resource.Stored is null ? item.Json : Served(Decode(item), item.ResourceVersion);

    /// <summary>An object as clients see it.</summary>
    public byte[] Served(KubernetesObject value, long resourceVersion) =>
        Encode(value, resourceVersion.ToString(CultureInfo.InvariantCulture), resource);

    /// <summary>A draft of the object.</summary>
    public ObjectDraft Draft(KubernetesObject value) => new(Encode(value));

    /// <summary>The object in the form of a draft: with an empty version.</summary>
    public byte[] Encode(KubernetesObject value) => Encode(value, "");

    /// <summary>The object in the stored form.</summary>
    public byte[] Encode(KubernetesObject value, long resourceVersion) =>
        Encode(value, resourceVersion.ToString(CultureInfo.InvariantCulture));

    private byte[] Encode(KubernetesObject value, string resourceVersion) => resource.Stored is { } stored
        ? Encode(stored.ToStored(value), resourceVersion, stored.Definition)
        : Encode(value, resourceVersion, resource);

    private static byte[] Encode(KubernetesObject value, string resourceVersion, ResourceDefinition form)
    {
        value.ApiVersion = form.ApiVersion;
        value.Kind = form.Kind;
        value.Metadata.ResourceVersion = resourceVersion;
        value.Metadata.Labels = Sorted(value.Metadata.Labels);
        value.Metadata.Annotations = Sorted(value.Metadata.Annotations);
        ArrayBufferWriter<byte> buffer = _buffer ??= new ArrayBufferWriter<byte>(4096);
        buffer.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(buffer, JsonTree.WriterOptions))
        {
            JsonSerializer.Serialize(writer, value, form.TypeInfo);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static Dictionary<string, string>? Sorted(Dictionary<string, string>? map) =>
        map is null or { Count: < 2 } ? map : new Dictionary<string, string>(map.OrderBy(p => p.Key, StringComparer.Ordinal));

    private KubernetesObject Decode(ReadOnlySpan<byte> json, ResourceDefinition form)
    {
        try
        {
            return (KubernetesObject)JsonSerializer.Deserialize(json, form.TypeInfo)!;
        }
        catch (JsonException exception)
        {
            throw ApiErrors.BadRequest(Refusal($"{exception.Path}: {exception.Message}"));
        }
    }

    private void CheckType(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, SchemaReader.ReaderOptions);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw ApiErrors.BadRequest(Refusal("json: it is not an object"));
        }

        string? apiVersion = null, kind = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isVersion = reader.ValueTextEquals("apiVersion"u8);
            bool isKind = reader.ValueTextEquals("kind"u8);
            reader.Read();
            if (reader.TokenType == JsonTokenType.String && (isVersion || isKind))
            {
                (apiVersion, kind) = isVersion ? (reader.GetString(), kind) : (apiVersion, reader.GetString());
            }
            else
            {
                reader.Skip();
            }
        }

        if (!string.IsNullOrEmpty(kind) && kind != resource.Kind)
        {
            throw ApiErrors.BadRequest($"{kind} in version \"{apiVersion}\" cannot be handled as a {resource.Kind}: the kind does not match the one of the request's path");
        }

        if (!string.IsNullOrEmpty(apiVersion) && apiVersion != resource.ApiVersion)
        {
            throw ApiErrors.BadRequest($"the API version in the data ({apiVersion}) does not match the expected API version ({resource.ApiVersion})");
        }
    }

    private string Refusal(string why) => $"{resource.Kind} in version \"{resource.Version}\" cannot be handled as a {resource.Kind}: {why}";
}
