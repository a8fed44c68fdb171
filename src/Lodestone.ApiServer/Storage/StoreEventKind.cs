namespace Lodestone.ApiServer.Storage;

/// <summary>What a write did to an object.</summary>
internal enum StoreEventKind
{
    /// <summary>It was created.</summary>
    Added,

    /// <summary>It has a new version.</summary>
    Modified,

    /// <summary>It is gone.</summary>
    Deleted,
}
