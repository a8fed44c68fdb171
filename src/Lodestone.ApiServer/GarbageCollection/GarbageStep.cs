namespace Lodestone.ApiServer.GarbageCollection;

/// <summary>The things the garbage collector does.</summary>
internal enum GarbageStep
{
    /// <summary>Delete the object: all its owners are gone.</summary>
    Delete,

    /// <summary>Take references away: other owners live, or the owner lets the object go.</summary>
    DropReferences,

    /// <summary>Say that no owner needs to wait for the object: it would wait for itself.</summary>
    Unblock,

    /// <summary>Take the collector's own finalizer away: nothing is left to be waited for.</summary>
    Release,
}
