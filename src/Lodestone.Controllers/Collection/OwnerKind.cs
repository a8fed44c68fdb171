using Lodestone.Api.Meta;
using Lodestone.Api.Resources;

namespace Lodestone.Controllers.Collection;

/// <summary>What the garbage collector can do with objects of one kind without knowing its C# type. Equal by reference.</summary>
internal sealed class OwnerKind(
    ResourceDefinition definition,
    Func<ObjectKey, KubernetesObject?> cached,
    Func<ObjectKey, CancellationToken, Task<KubernetesObject?>> read,
    Func<KubernetesObject, Action<KubernetesObject>, CancellationToken, Task> update,
    Action<ObjectKey> wake)
{
    internal ResourceDefinition Definition => definition;

    /// <summary>The object in the cache.</summary>
    internal KubernetesObject? Cached(ObjectKey key) => cached(key);

    /// <summary>The object in the API.</summary>
    internal Task<KubernetesObject?> ReadAsync(ObjectKey key, CancellationToken cancellationToken) => read(key, cancellationToken);

    /// <summary>Changes an object under optimistic locking.</summary>
    internal Task UpdateAsync(KubernetesObject seen, Action<KubernetesObject> change, CancellationToken cancellationToken) => update(seen, change, cancellationToken);

    /// <summary>Has the collector look at an object.</summary>
    internal void Wake(ObjectKey key) => wake(key);
}
