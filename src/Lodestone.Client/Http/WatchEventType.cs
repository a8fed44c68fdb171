namespace Lodestone.Client.Http;

/// <summary>What a watch tells of an object.</summary>
public enum WatchEventType
{
    /// <summary>It exists, or entered the selection.</summary>
    Added,

    /// <summary>It changed.</summary>
    Modified,

    /// <summary>It is gone, or left the selection; the object is its last state.</summary>
    Deleted,

    /// <summary>Nothing happened up to the object's resource version.</summary>
    Bookmark,

    /// <summary>The watch failed and ends.</summary>
    Error,
}
