using System.Collections.Frozen;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Registry.CertificateSigningRequest;
using Lodestone.ApiServer.Registry.Namespace;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Registry;

/// <summary>Every kind that is served, and its registry.</summary>
internal sealed class ResourceCatalog
{
    private readonly FrozenDictionary<(string Group, string Version, string Plural), ObjectRegistry> _registries;

    /// <summary>A catalog of all kinds over one store.</summary>
    public ResourceCatalog(IObjectStore store, TimeProvider time)
        : this(store, ResourceDefinitions.All, null, time)
    {
    }

    /// <summary>A catalog of some kinds over one store.</summary>
    /// <param name="store">The objects.</param>
    /// <param name="kinds">The kinds.</param>
    /// <param name="namespaces">Tells which namespaces there are, where they are not in the store.</param>
    /// <param name="time">The clock.</param>
    public ResourceCatalog(IObjectStore store, IReadOnlyList<ResourceDefinition> kinds, INamespaceGate? namespaces, TimeProvider time)
    {
        _registries = kinds.ToFrozenDictionary(
            d => (d.Group, d.Version, d.Plural),
            d => new ObjectRegistry(store, StrategyOf(d, time), time, namespaces));
        All = [.. kinds.Select(Registry)];
    }

    /// <summary>All kinds, in the order they were given.</summary>
    public IReadOnlyList<ObjectRegistry> All { get; }

    /// <summary>The registry of a kind.</summary>
    public ObjectRegistry Registry(ResourceDefinition resource) => _registries[(resource.Group, resource.Version, resource.Plural)];

    /// <summary>The registry of a resource in a path, or null.</summary>
    public ObjectRegistry? Find(string group, string version, string plural) => _registries.GetValueOrDefault((group, version, plural));

    private static ObjectStrategy StrategyOf(ResourceDefinition resource, TimeProvider time) => (resource.Group, resource.Kind) switch
    {
        ("", "Namespace") => new NamespaceStrategy(),
        (ResourceDefinitions.CertificatesGroup, "CertificateSigningRequest") => new CertificateSigningRequestStrategy(time),
        _ => new ObjectStrategy(resource),
    };
}
