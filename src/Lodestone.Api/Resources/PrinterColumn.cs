using System.Globalization;
using System.Text.Json;
using Lodestone.Api.Meta;

namespace Lodestone.Api.Resources;

/// <summary>A column of the table that <c>kubectl get</c> prints.</summary>
/// <param name="Name">Its heading.</param>
/// <param name="Type">OpenAPI type of its cells: <c>string</c>, <c>integer</c> or <c>date</c>.</param>
/// <param name="Format">OpenAPI format; <c>name</c> marks the object's name.</param>
/// <param name="Description">What it shows.</param>
/// <param name="Priority">0: always shown; greater: with <c>-o wide</c>.</param>
/// <param name="Cell">The cell of an object at a time: a string, an <see cref="int"/>, a <see cref="long"/> or null.</param>
public sealed record PrinterColumn(
    string Name,
    string Type,
    string Format,
    string Description,
    int Priority,
    Func<KubernetesObject, DateTimeOffset, object?> Cell)
{
    /// <summary>Where the value stands in the object, for servers that only have a path to print, such as <c>.status.ips</c>; null where no path gives it.</summary>
    public string? JsonPath { get; init; }

    /// <summary>Whether the cell is a time, shown as how long ago it is.</summary>
    public bool IsAge { get; init; }

    /// <summary>The object's name.</summary>
    public static PrinterColumn ObjectName { get; } =
        new("Name", "string", "name", "Name of the object, unique in its namespace.", 0, (resource, _) => resource.Metadata.Name);

    /// <summary>How long ago the object was created.</summary>
    public static PrinterColumn Age { get; } =
        new("Age", "string", "", "How long ago the object was created.", 0, (resource, now) => HumanDuration.Since(resource.Metadata.CreationTimestamp, now))
        {
            JsonPath = ".metadata.creationTimestamp",
            IsAge = true,
        };

    /// <summary>When the object was created, as Kubernetes prints kinds that have no columns of their own.</summary>
    public static PrinterColumn CreatedAt { get; } =
        new("Created At", "date", "", "When the object was created.", 0, (resource, _) =>
            resource.Metadata.CreationTimestamp?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));

    /// <summary>A column of strings.</summary>
    public static PrinterColumn Text<T>(string name, string description, Func<T, string?> cell, int priority = 0, string? path = null)
        where T : KubernetesObject => new(name, "string", "", description, priority, (resource, _) => cell((T)resource)) { JsonPath = path };

    /// <summary>A column of whole numbers.</summary>
    public static PrinterColumn Number<T>(string name, string description, Func<T, long?> cell, int priority = 0, string? path = null)
        where T : KubernetesObject => new(name, "integer", "", description, priority, (resource, _) => cell((T)resource)) { JsonPath = path };

    /// <summary>A column of times, shown as how long ago they are.</summary>
    public static PrinterColumn Since<T>(string name, string description, Func<T, DateTimeOffset?> cell, int priority = 0, string? path = null)
        where T : KubernetesObject => new(name, "string", "", description, priority, (resource, now) => HumanDuration.Since(cell((T)resource), now)) { JsonPath = path, IsAge = true };

    /// <summary>Writes the cell of an object as a JSON value.</summary>
    public void WriteCell(Utf8JsonWriter writer, KubernetesObject resource, DateTimeOffset now)
    {
        switch (Cell(resource, now))
        {
            case string text:
                writer.WriteStringValue(text);
                break;
            case int number:
                writer.WriteNumberValue(number);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }
}
