using System.Text.Json.Serialization.Metadata;
using Lodestone.Api.Meta;
using Lodestone.Api.Schemas;

namespace Lodestone.Api.Resources;

/// <summary>One kind as the API serves it: names, scope, JSON and the table that <c>kubectl get</c> prints.</summary>
public sealed record ResourceDefinition
{
    private static readonly string[] StoredVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    private static readonly Subresource Status = new("status", ["get", "patch", "update"]);

    /// <summary>API group; empty for the core group.</summary>
    public required string Group { get; init; }

    /// <summary>API version within the group.</summary>
    public required string Version { get; init; }

    /// <summary>Kind in singular CamelCase.</summary>
    public required string Kind { get; init; }

    /// <summary>Plural resource name, as in URLs.</summary>
    public required string Plural { get; init; }

    /// <summary>Singular resource name.</summary>
    public required string Singular { get; init; }

    /// <summary>Abbreviations <c>kubectl</c> accepts.</summary>
    public IReadOnlyList<string> ShortNames { get; init; } = [];

    /// <summary>Groups of kinds such as <c>all</c>.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Whether objects live in a namespace.</summary>
    public required bool IsNamespaced { get; init; }

    /// <summary>Whether there is a <c>status</c> subresource.</summary>
    public bool HasStatus { get; init; }

    /// <summary>What can be done with the resource, sorted; reviews can only be created.</summary>
    public IReadOnlyList<string> Verbs { get; init; } = StoredVerbs;

    /// <summary>Subresources beside <c>status</c>.</summary>
    public IReadOnlyList<Subresource> OtherSubresources { get; init; } = [];

    /// <summary>All subresources.</summary>
    public IEnumerable<Subresource> Subresources => HasStatus ? OtherSubresources.Append(Status) : OtherSubresources;

    /// <summary>JSON of the kind's C# type.</summary>
    public required JsonTypeInfo TypeInfo { get; init; }

    /// <summary>What the kind's JSON may be.</summary>
    public required Schema Schema { get; init; }

    /// <summary>The table that <c>kubectl get</c> prints; priority above 0 with <c>-o wide</c>.</summary>
    public required IReadOnlyList<PrinterColumn> Columns { get; init; }

    /// <summary>Fields that selectors may name beside <c>metadata.name</c> and <c>metadata.namespace</c>.</summary>
    public IReadOnlyList<SelectableField> SelectableFields { get; init; } = [];

    /// <summary>Defaults, what writers may set, and validation.</summary>
    public required ResourceStrategy Strategy { get; init; }

    /// <summary>The kind whose objects these are under other names; null for a kind that is stored as it is.</summary>
    public StoredForm? Stored { get; init; }

    /// <summary>What the JSON of a list of the kind may be.</summary>
    public Schema ListSchema => field ??= MetaSchemas.ListOf(this);

    /// <summary><c>group/version</c>, or <c>version</c> for the core group.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>Whether the kind is one of Kubernetes' own, which differ in some rules from those that others add.</summary>
    public bool IsBuiltIn => Group.Length == 0 || Group.EndsWith(".k8s.io", StringComparison.Ordinal);

    /// <summary>Resource and group as error messages name them: <c>loadbalancers.networking.ironcore.dev</c>.</summary>
    public string QualifiedName => Group.Length == 0 ? Plural : $"{Plural}.{Group}";
}
