namespace Lodestone.ApiServer.Storage;

/// <summary>The writes a store knows.</summary>
internal enum WriteKind
{
    /// <summary>The key must be free.</summary>
    Create,

    /// <summary>The object must be at the expected resourceVersion.</summary>
    Update,

    /// <summary>The object must be at the expected resourceVersion, and goes.</summary>
    Delete,
}
