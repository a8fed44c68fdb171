using Lodestone.Api.Resources;
using Lodestone.Api.Schemas;

namespace Lodestone.ApiServer.OpenApi;

/// <summary>What can be done at a path: one method, as both OpenAPI documents tell it.</summary>
/// <param name="Method">HTTP method in lower case.</param>
/// <param name="Action">Kubernetes' own word for it: get, list, post, put, patch, delete, deletecollection, watch, watchlist, connect.</param>
/// <param name="Kind">Group, version and kind it is about.</param>
/// <param name="Id">Its name, unique in the document.</param>
/// <param name="Parameters">Query parameters.</param>
internal sealed record ApiOperation(
    string Method, string Action, (string Group, string Version, string Kind) Kind, string Id, IReadOnlyList<ApiParameter> Parameters)
{
    /// <summary>What the body holds; null for none.</summary>
    public Schema? Body { get; init; }

    /// <summary>Whether the body may be left out.</summary>
    public bool IsBodyOptional { get; init; }

    /// <summary>Media types of a body.</summary>
    public IReadOnlyList<string> Consumes { get; init; } = [];

    /// <summary>What a success answers with; null for anything.</summary>
    public Schema? Answer { get; init; }

    /// <summary>All schemas it refers to.</summary>
    public IEnumerable<Schema> Schemas => new[] { Body, Answer }.OfType<Schema>();

    /// <summary>Whether the path is served for old clients only.</summary>
    public bool IsDeprecated { get; init; }

    /// <summary>Codes of success.</summary>
    public IReadOnlyList<(string Code, string Meaning)> Successes => Method switch
    {
        "post" => [("200", "OK"), ("201", "Created"), ("202", "Accepted")],
        "put" or "patch" => [("200", "OK"), ("201", "Created")],
        _ => [("200", "OK")],
    };

    /// <summary>Media types of the answer.</summary>
    public IReadOnlyList<string> Produces => Action is "list" or "watch" or "watchlist"
        ? ["application/json", "application/yaml", "application/json;stream=watch"]
        : ["application/json", "application/yaml"];

    /// <summary>Group and version as one word.</summary>
    public string Tag => TagOf(Kind.Group, Kind.Version);

    /// <summary><c>networkingIroncoreDev_v1alpha1</c>, <c>core_v1</c>.</summary>
    public static string TagOf(string group, string version)
    {
        string[] parts = group.Split('.');
        return group.Length == 0 ? $"core_{version}" : $"{parts[0]}{string.Concat(parts.AsSpan(1).ToArray().Select(Capitalize))}_{version}";
    }

    /// <summary>The first letter in upper case.</summary>
    public static string Capitalize(string word) => word.Length == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..];

    /// <summary>The name of an operation on a kind.</summary>
    public static string IdOf(string what, ResourceDefinition resource, string suffix = "")
    {
        string scope = resource.IsNamespaced && suffix != "ForAllNamespaces" ? "Namespaced" : "";
        string tag = string.Concat(TagOf(resource.Group, resource.Version).Split('_').Select(Capitalize));
        return $"{what}{tag}{scope}{resource.Kind}{suffix}";
    }
}
