namespace Lodestone.ApiServer.GarbageCollection;

/// <summary>An object among all kinds.</summary>
/// <param name="Kind">Index of its kind in <see cref="OwnerKinds"/>.</param>
/// <param name="Key">Its key within the kind.</param>
internal readonly record struct ObjectId(int Kind, string Key);
