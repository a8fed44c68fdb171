namespace Lodestone.ApiServer.OpenApi;

/// <summary>A message of gnostic's form of an OpenAPI 2.0 document: which JSON member is which field.</summary>
/// <remarks>Field numbers are those of gnostic's <c>openapiv2/OpenAPIv2.proto</c>.</remarks>
internal sealed class GnosticMessage
{
    /// <summary>The members that are fields of their own.</summary>
    public IReadOnlyDictionary<string, GnosticField> Fields { get; init; } = new Dictionary<string, GnosticField>();

    /// <summary>Field of the members that begin with <c>x-</c>; 0 for none.</summary>
    public int Extensions { get; init; }

    /// <summary>Field of all other members, as pairs of name and value; 0 for none.</summary>
    public int Others { get; init; }

    /// <summary>What the values of <see cref="Others"/> are.</summary>
    public GnosticField? OtherValue { get; init; }
}
