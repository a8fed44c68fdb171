using System.Text.Json.Serialization;
using Lodestone.Api.Json;

namespace Lodestone.Api.Meta;

/// <summary>Standard object metadata (meta/v1 ObjectMeta).</summary>
public sealed class ObjectMeta
{
    /// <summary>Unique within its kind and namespace; can't change.</summary>
    public string? Name { get; set; }
    /// <summary>A prefix to which the server appends five characters where no name is given.</summary>
    public string? GenerateName { get; set; }
    /// <summary>The namespace; absent for objects of cluster scope.</summary>
    public string? Namespace { get; set; }
    /// <summary>Set by the server, unique in time and space.</summary>
    public string? Uid { get; set; }
    /// <summary>Opaque to clients: changes with every write.</summary>
    public string? ResourceVersion { get; set; }
    /// <summary>Counts changes of the desired state.</summary>
    public long? Generation { get; set; }
    /// <summary>When the server created the object, in whole seconds UTC.</summary>
    public DateTimeOffset? CreationTimestamp { get; set; }
    /// <summary>When deletion was asked for.</summary>
    public DateTimeOffset? DeletionTimestamp { get; set; }
    /// <summary>Seconds allowed for graceful deletion; always 0 here.</summary>
    public long? DeletionGracePeriodSeconds { get; set; }
    /// <summary>What selectors match.</summary>
    public Dictionary<string, string>? Labels { get; set; }
    /// <summary>Free text for tools.</summary>
    public Dictionary<string, string>? Annotations { get; set; }
    /// <summary>Objects this one depends on; it is collected when all are gone.</summary>
    public List<OwnerReference>? OwnerReferences { get; set; }
    /// <summary>The object stays until this list is empty.</summary>
    public List<string>? Finalizers { get; set; }
    /// <summary>Which manager set which field; kept as it is.</summary>
    public RawJson? ManagedFields { get; set; }

    /// <summary>The owner with <c>controller: true</c>, or null.</summary>
    [JsonIgnore]
    public OwnerReference? Controller => OwnerReferences?.Find(o => o.Controller == true);

    /// <summary>A shallow copy with the version and the managed fields of <paramref name="other"/>: what a writer of <c>/status</c> may bring along.</summary>
    internal ObjectMeta WithVersionOf(ObjectMeta other)
    {
        var copy = (ObjectMeta)MemberwiseClone();
        copy.ResourceVersion = other.ResourceVersion;
        copy.ManagedFields = other.ManagedFields;
        return copy;
    }
}
