namespace Lodestone.Api.Meta;

/// <summary>An object that owns the one it stands in (meta/v1 OwnerReference).</summary>
public sealed class OwnerReference
{
    /// <summary>Group and version of the owner.</summary>
    public string ApiVersion { get; set; } = "";
    /// <summary>Kind of the owner.</summary>
    public string Kind { get; set; } = "";
    /// <summary>Name of the owner, in the same namespace or of cluster scope.</summary>
    public string Name { get; set; } = "";
    /// <summary>UID of the owner: a re-created object of the same name is another one.</summary>
    public string Uid { get; set; } = "";
    /// <summary>Whether the owner is the managing controller.</summary>
    public bool? Controller { get; set; }
    /// <summary>Whether foreground deletion of the owner waits for this object.</summary>
    public bool? BlockOwnerDeletion { get; set; }
}
