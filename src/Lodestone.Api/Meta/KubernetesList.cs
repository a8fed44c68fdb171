namespace Lodestone.Api.Meta;

/// <summary>A page of objects of one kind.</summary>
/// <typeparam name="T">The kind of the items.</typeparam>
public sealed class KubernetesList<T>
    where T : KubernetesObject
{
    /// <summary><c>group/version</c> of the items.</summary>
    public string? ApiVersion { get; set; }
    /// <summary>The items' kind followed by <c>List</c>.</summary>
    public string? Kind { get; set; }
    /// <summary>Version and continuation.</summary>
    public ListMeta Metadata { get; set; } = new();
    /// <summary>The objects, sorted by namespace and name.</summary>
    public List<T> Items { get; set; } = new();
}
