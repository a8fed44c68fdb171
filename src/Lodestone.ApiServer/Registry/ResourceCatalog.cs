using System.Collections.Frozen;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Registry.Namespace;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Registry;

/// <summary>Every kind that is served, and its registry.</summary>
internal sealed class ResourceCatalog
{
    private readonly FrozenDictionary<(string Group, string Version, string Plural), ObjectRegistry> _registries;

    /// <summary>A catalog of all kinds over one store.</summary>
    public ResourceCatalog(IObjectStore store, TimeProvider time)
    {
        _registries = ResourceDefinitions.All.ToFrozenDictionary(
            d => (d.Group, d.Version, d.Plural),
            d => new ObjectRegistry(store, StrategyOf(d), time));
        All = [.. ResourceDefinitions.All.Select(Registry)];
    }

    /// <summary>All kinds, in the order of <see cref="ResourceDefinitions.All"/>.</summary>
    public IReadOnlyList<ObjectRegistry> All { get; }

    /// <summary>The registry of a kind.</summary>
    public ObjectRegistry Registry(ResourceDefinition resource) => _registries[(resource.Group, resource.Version, resource.Plural)];

    /// <summary>The registry of a resource in a path, or null.</summary>
    public ObjectRegistry? Find(string group, string version, string plural) => _registries.GetValueOrDefault((group, version, plural));

    private static ObjectStrategy StrategyOf(ResourceDefinition resource) => (resource.Group, resource.Kind) switch
    {
        ("", "Namespace") => new NamespaceStrategy(),
        _ => new ObjectStrategy(resource),
    };
}
