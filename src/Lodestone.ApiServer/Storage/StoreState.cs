using System.Collections.Immutable;

namespace Lodestone.ApiServer.Storage;

/// <summary>Everything in the store at one version, immutable.</summary>
/// <param name="ResourceVersion">The version.</param>
/// <param name="Resources">The objects by resource.</param>
internal sealed record StoreState(long ResourceVersion, ImmutableDictionary<string, ObjectMap> Resources)
{
    /// <summary>Nothing, at version 0.</summary>
    public static StoreState Empty { get; } = new(0, ImmutableDictionary<string, ObjectMap>.Empty);

    /// <summary>The objects of a resource.</summary>
    public ObjectMap Objects(string resource) => Resources.GetValueOrDefault(resource, ObjectMap.Empty);
}
