using System.Buffers;
using System.Text;
using System.Text.Json;
using Lodestone.Api.Schemas;
using Lodestone.ApiServer.FieldManagement;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.Tests.FieldManagement;

/// <summary>A schema with every shape there is, and short ways to write values, sets and paths. Single quotes stand for double ones.</summary>
internal static class Sample
{
    /// <summary>An item known by name, with every kind of content below it.</summary>
    private static readonly Schema Child = new()
    {
        Type = SchemaType.Object,
        Properties =
        [
            new("name", Schema.String, ""),
            new("value", Schema.Int64, ""),
            new("set", Schema.SetOf(Schema.String), ""),
            new("labels", Schema.StringMap, ""),
            new("list", Schema.MapListOf(
                new()
                {
                    Type = SchemaType.Object,
                    Properties = [new("name", Schema.String, ""), new("value", Schema.Int64, "")],
                },
                "name"), ""),
        ],
    };

    private static readonly Schema Port = new()
    {
        Type = SchemaType.Object,
        Properties =
        [
            new("port", Schema.Int32, ""),
            new("protocol", new() { Type = SchemaType.String, Default = "\"TCP\"" }, ""),
            new("name", Schema.String, ""),
        ],
    };

    public static Schema Schema { get; } = new()
    {
        Type = SchemaType.Object,
        Properties =
        [
            new("text", Schema.String, ""),
            new("number", Schema.Int64, ""),
            new("flag", Schema.Boolean, ""),
            new("intOrString", new() { Type = SchemaType.IntOrString }, ""),
            new("struct", new()
            {
                Type = SchemaType.Object,
                Properties =
                [
                    new("text", Schema.String, ""),
                    new("number", Schema.Int64, ""),
                    new("inner", new() { Type = SchemaType.Object, Properties = [new("text", Schema.String, ""), new("number", Schema.Int64, "")] }, ""),
                ],
            }, ""),
            new("atomicStruct", new()
            {
                Type = SchemaType.Object,
                MapType = "atomic",
                Properties = [new("text", Schema.String, ""), new("number", Schema.Int64, "")],
            }, ""),
            new("labels", Schema.StringMap, ""),
            new("atomicMap", new() { Type = SchemaType.Object, MapType = "atomic", AdditionalProperties = Schema.String }, ""),
            new("structs", new() { Type = SchemaType.Object, AdditionalProperties = Child }, ""),
            new("list", Schema.Strings, ""),
            new("set", Schema.SetOf(Schema.String), ""),
            new("numbers", Schema.SetOf(Schema.Int64), ""),
            new("items", Schema.MapListOf(Child, "name"), ""),
            new("ports", Schema.MapListOf(Port, "port", "protocol"), ""),
            new("atomicList", Schema.ListOf(Child), ""),
            new("any", new() { Type = SchemaType.Any }, ""),
            new("open", new() { Type = SchemaType.Object, PreserveUnknownFields = true, Properties = [new("known", Schema.Int64, "")] }, ""),
        ],
    };

    public static string Json(string text) => text.Replace('\'', '"');

    public static Value Value(string json) => ValueReader.Read(Encoding.UTF8.GetBytes(Json(json)));

    /// <summary>A set from FieldsV1.</summary>
    public static FieldSet Set(string fieldsV1) => FieldsV1.Parse(Encoding.UTF8.GetBytes(Json(fieldsV1)));

    /// <summary>A set from paths such as <c>struct.inner.text</c>, of field names only, separated by blanks.</summary>
    public static FieldSet Fields(string paths) =>
        FieldSet.Of([.. paths.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('.').Select(PathElement.Field).ToArray())]);

    public static string Text(FieldSet set) => Text(writer => FieldsV1.Write(writer, set));

    public static string Text(Value value) => Text(value.WriteTo);

    private static string Text(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, JsonTree.WriterOptions))
        {
            write(writer);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
