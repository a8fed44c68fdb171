namespace Lodestone.ApiServer.Storage;

/// <summary>One write as the log keeps it.</summary>
/// <param name="Resource">The resource.</param>
/// <param name="Key">The key within the resource.</param>
/// <param name="ResourceVersion">The store's version of the write.</param>
/// <param name="Object">The object as stored; null for a deletion.</param>
internal readonly record struct LogEntry(string Resource, string Key, long ResourceVersion, StoredObject? Object);
