namespace Lodestone.Api.Meta;

/// <summary>Metadata of a list (meta/v1 ListMeta).</summary>
public sealed class ListMeta
{
    /// <summary>The version the list was read at; a watch may start here.</summary>
    public string? ResourceVersion { get; set; }
    /// <summary>Token for the next page; absent on the last.</summary>
    public string? Continue { get; set; }
    /// <summary>Items after this page, where known.</summary>
    public long? RemainingItemCount { get; set; }
}
