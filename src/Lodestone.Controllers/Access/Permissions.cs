using Lodestone.Api.Meta;
using Lodestone.Api.Resources;

namespace Lodestone.Controllers.Access;

/// <summary>All that a controller does to the API. Immutable: each method returns a longer list.</summary>
internal sealed class Permissions
{
    private static readonly string[] Read = ["get", "list", "watch"];

    private readonly Permission[] _all;

    private Permissions(Permission[] all) => _all = all;

    /// <summary>Nothing at all.</summary>
    internal static Permissions None { get; } = new([]);

    internal IReadOnlyList<Permission> All => _all;

    /// <summary>Keeps a cache of a kind, and reads single objects past it.</summary>
    internal Permissions Reads<T>(string? ns = null)
        where T : KubernetesObject => Reads(ResourceDefinitions.Of<T>(), ns);

    internal Permissions Reads(ResourceDefinition definition, string? ns = null) => With(definition, null, ns, Read);

    internal Permissions Creates<T>()
        where T : KubernetesObject => With(ResourceDefinitions.Of<T>(), null, null, "create");

    /// <summary>Changes metadata or spec, by patches.</summary>
    internal Permissions Changes<T>()
        where T : KubernetesObject => Changes(ResourceDefinitions.Of<T>());

    internal Permissions Changes(ResourceDefinition definition) => With(definition, null, null, "patch");

    /// <summary>Changes the status, by patches.</summary>
    internal Permissions ChangesStatus<T>()
        where T : KubernetesObject => With(ResourceDefinitions.Of<T>(), "status", null, "patch");

    internal Permissions Deletes<T>()
        where T : KubernetesObject => Deletes(ResourceDefinitions.Of<T>());

    internal Permissions Deletes(ResourceDefinition definition) => With(definition, null, null, "delete");

    /// <summary>What no word above says.</summary>
    internal Permissions With(ResourceDefinition definition, string? subresource, string? ns, params ReadOnlySpan<string> verbs)
    {
        List<Permission> all = [.. _all];
        foreach (string verb in verbs)
        {
            all.Add(new Permission(definition, subresource, verb, ns));
        }

        return new Permissions([.. all.Distinct()]);
    }

    internal Permissions With(Permissions others) => new([.. _all.Concat(others._all).Distinct()]);

    /// <summary>Whether it covers a request.</summary>
    internal bool Allows(Permission wanted) => Array.Exists(_all, p => p == wanted || p == wanted with { Namespace = null });
}
