using System.Buffers;
using System.Text;
using System.Text.Json;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.FieldManagement;

/// <summary>The annotation in which kubectl's client-side apply keeps what it applied, which goes on being kept for those who come from there (facts 2.6).</summary>
internal static class LastApplied
{
    /// <summary>The only manager this is for.</summary>
    public const string Manager = "kubectl";

    private const string Annotation = "kubectl.kubernetes.io/last-applied-configuration";
    private const int MaxAnnotationsBytes = 256 << 10;

    /// <summary>The fields that client-side apply set and that are still as it set them: those may be taken over without a conflict.</summary>
    public static FieldSet OwnedFields(Value live, ResourceDefinition resource)
    {
        if (TextOf(live) is not { } text)
        {
            return FieldSet.Empty;
        }

        Value config;
        try
        {
            config = ValueReader.Read(Encoding.UTF8.GetBytes(text));
        }
        catch (JsonException)
        {
            return FieldSet.Empty;
        }

        if (config.Map?["apiVersion"].Text != resource.ApiVersion || FieldValidator.Validate(config, resource.Schema).Count > 0)
        {
            return FieldSet.Empty;
        }

        FieldChanges changes = FieldComparer.Compare(config, live, resource.Schema);
        return FieldSets.Of(config, resource.Schema).Except(changes.Written).Except(changes.Removed);
    }

    /// <summary>The object with the annotation brought up to date where it has one; without it where the annotations would become too long.</summary>
    public static Value Refresh(Value merged, Value config)
    {
        if (TextOf(merged) is null)
        {
            return merged;
        }

        ValueMap metadata = merged.Map!["metadata"].Map!;
        ValueMap annotations = metadata["annotations"].Map!.With(Annotation, Value.Of(Text(WithoutAnnotation(config))));
        if (Length(annotations) > MaxAnnotationsBytes)
        {
            annotations = annotations.Without(Annotation);
        }

        return Value.Of(merged.Map.With("metadata", Value.Of(metadata.With("annotations", Value.Of(annotations)))));
    }

    private static string? TextOf(Value value) =>
        value.Map?["metadata"].Map?["annotations"].Map?[Annotation].Text is { Length: > 0 } text ? text : null;

    private static Value WithoutAnnotation(Value config) =>
        config.Map!["metadata"].Map is { } metadata && metadata["annotations"].Map is { } annotations
            ? Value.Of(config.Map.With("metadata", Value.Of(metadata.With("annotations", Value.Of(annotations.Without(Annotation))))))
            : config;

    // As Go encodes it: names sorted, on one line, with a line feed behind.
    private static string Text(Value config)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, JsonTree.WriterOptions))
        {
            config.Sorted().WriteTo(writer);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    private static long Length(ValueMap annotations)
    {
        long length = 0;
        foreach ((string key, Value value) in annotations.Members)
        {
            length += Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value.Text ?? "");
        }

        return length;
    }
}
