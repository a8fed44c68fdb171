namespace Lodestone.Api.Meta;

/// <summary>What every object of the API carries: its type and its metadata.</summary>
public abstract class KubernetesObject
{
    /// <summary><c>group/version</c>, or <c>version</c> for the core group.</summary>
    [System.Text.Json.Serialization.JsonPropertyOrder(-3)]
    public string? ApiVersion { get; set; }
    /// <summary>The kind, in singular CamelCase.</summary>
    [System.Text.Json.Serialization.JsonPropertyOrder(-2)]
    public string? Kind { get; set; }
    /// <summary>Standard object metadata.</summary>
    [System.Text.Json.Serialization.JsonPropertyOrder(-1)]
    public ObjectMeta Metadata { get; set; } = new();

    /// <summary>Namespace and name; the namespace is empty for objects of cluster scope.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public ObjectKey Key => new(Metadata.Namespace ?? "", Metadata.Name ?? "");

    /// <summary>Whether deletion was asked for and finalizers still hold the object.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsBeingDeleted => Metadata.DeletionTimestamp is not null;
}
