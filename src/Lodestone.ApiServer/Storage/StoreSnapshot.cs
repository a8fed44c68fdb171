namespace Lodestone.ApiServer.Storage;

/// <summary>The objects of one resource at one version of the store.</summary>
/// <param name="ResourceVersion">The store's version.</param>
/// <param name="Objects">The objects, immutable.</param>
internal readonly record struct StoreSnapshot(long ResourceVersion, ObjectMap Objects);
