namespace Lodestone.Api.Resources;

/// <summary>A field that a <c>fieldSelector</c> may name, beside <c>metadata.name</c> and <c>metadata.namespace</c>.</summary>
/// <param name="Name">The name in a selector.</param>
/// <param name="Path">Where the value stands in the object as it is stored: keys joined by dots, no lists; a string, number or boolean.</param>
public sealed record SelectableField(string Name, string Path)
{
    /// <summary>Where the value stands if there is none at <see cref="Path"/>; null: nowhere.</summary>
    public string? Otherwise { get; init; }

    /// <summary>Fields whose name is their path.</summary>
    public static IReadOnlyList<SelectableField> Of(params ReadOnlySpan<string> paths)
    {
        var fields = new SelectableField[paths.Length];
        for (int i = 0; i < paths.Length; i++)
        {
            fields[i] = new SelectableField(paths[i], paths[i]);
        }

        return fields;
    }
}
