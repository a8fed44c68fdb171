using System.Text.Json;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Json;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Tables;

/// <summary>Writes objects as <c>meta.k8s.io</c> Tables, which is what <c>kubectl get</c> prints.</summary>
internal sealed class TableWriter(ObjectCodec codec, ResourceDefinition resource, Negotiation negotiation, TimeProvider time)
{
    /// <summary>A table.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="items">Its rows.</param>
    /// <param name="metadata">Version and, of a page, where it ended.</param>
    /// <param name="hasColumns">Whether the column definitions are written; a watch tells them once.</param>
    public void Write(Utf8JsonWriter writer, IEnumerable<StoredObject> items, ListMetadata metadata, bool hasColumns = true)
    {
        WriteStart(writer, metadata, hasColumns);
        DateTimeOffset now = time.GetUtcNow();
        foreach (StoredObject item in items)
        {
            WriteRow(writer, item, now);
        }

        WriteEnd(writer);
    }

    /// <summary>A table up to its rows.</summary>
    public void WriteStart(Utf8JsonWriter writer, ListMetadata metadata, bool hasColumns)
    {
        writer.WriteStartObject();
        writer.WriteString("kind"u8, "Table"u8);
        writer.WriteString("apiVersion"u8, "meta.k8s.io/" + negotiation.MetaVersion);
        writer.WritePropertyName("metadata"u8);
        metadata.Write(writer);
        writer.WriteStartArray("columnDefinitions"u8);
        if (hasColumns)
        {
            foreach (PrinterColumn column in resource.Columns)
            {
                writer.WriteStartObject();
                writer.WriteString("name"u8, column.Name);
                writer.WriteString("type"u8, column.Type);
                writer.WriteString("format"u8, column.Format);
                writer.WriteString("description"u8, column.Description);
                writer.WriteNumber("priority"u8, column.Priority);
                writer.WriteEndObject();
            }
        }

        writer.WriteEndArray();
        writer.WriteStartArray("rows"u8);
    }

    /// <summary>What follows the rows.</summary>
    public static void WriteEnd(Utf8JsonWriter writer)
    {
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>A row.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="item">The object.</param>
    /// <param name="now">The time that ages count to.</param>
    public void WriteRow(Utf8JsonWriter writer, StoredObject item, DateTimeOffset now)
    {
        KubernetesObject value = codec.Decode(item);
        writer.WriteStartObject();
        writer.WriteStartArray("cells"u8);
        foreach (PrinterColumn column in resource.Columns)
        {
            column.WriteCell(writer, value, now);
        }

        writer.WriteEndArray();
        switch (negotiation.IncludeObject)
        {
            case "Object":
                writer.WritePropertyName("object"u8);
                writer.WriteRawValue(codec.Served(item), skipInputValidation: true);
                break;
            case "Metadata":
                writer.WritePropertyName("object"u8);
                PartialMetadata.Write(writer, item, negotiation.MetaVersion);
                break;
        }

        writer.WriteEndObject();
    }
}
