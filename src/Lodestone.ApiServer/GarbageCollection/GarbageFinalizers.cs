using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.GarbageCollection;

/// <summary>The finalizers by which a deletion asks the garbage collector for something first.</summary>
internal static class GarbageFinalizers
{
    /// <summary>The dependents are to be left alone: take the owner references away, then let the owner go.</summary>
    public const string Orphan = "orphan";

    /// <summary>The dependents go first.</summary>
    public const string Foreground = "foregroundDeletion";

    /// <summary>Whether the object is being deleted and waits until its dependents no longer name it.</summary>
    public static bool IsOrphaning(StoredObject item) => item.Summary.DeletionTimestamp is not null && item.Summary.Finalizers.Contains(Orphan);

    /// <summary>Whether the object is being deleted and waits until its dependents are gone.</summary>
    public static bool IsWaiting(StoredObject item) =>
        item.Summary.DeletionTimestamp is not null && item.Summary.Finalizers.Contains(Foreground) && !item.Summary.Finalizers.Contains(Orphan);
}
