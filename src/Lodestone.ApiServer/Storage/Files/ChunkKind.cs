namespace Lodestone.ApiServer.Storage.Files;

/// <summary>What a chunk of a snapshot or backup holds. The numbers are on disk.</summary>
internal enum ChunkKind
{
    /// <summary>Objects, as log entries in the order of resource and key.</summary>
    Objects = 1,

    /// <summary>One commit after the snapshot, in a backup.</summary>
    Commit = 2,

    /// <summary>A file of the data directory, in a backup: length of its name (2 bytes), its mode (2), name, content.</summary>
    File = 3,

    /// <summary>The end: how many chunks came before (8 bytes) and the version that all of them add up to (8).</summary>
    End = 4,
}
