using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Lodestone.Api.Meta;
using Lodestone.Client.Informers;

namespace Lodestone.Controllers.Routing;

/// <summary>Tells a controller's own writes, which come back by its watch, from news: they follow from what it knew. Thread-safe; of one key one decision at a time.</summary>
/// <typeparam name="T">The kind that it writes.</typeparam>
/// <param name="cache">What the watch has shown.</param>
internal sealed class OwnWrites<T>(ILister<T> cache)
    where T : KubernetesObject
{
    /// <summary>The version that each object got by our last write, and that the next decision has to know.</summary>
    private readonly ConcurrentDictionary<ObjectKey, string> _versions = new();

    /// <summary>
    /// Reads what a decision is to be made from. Where the cache doesn't have our last write yet, that write is news when it comes: the decision didn't know of it, and
    /// may have found nothing to do because of that.
    /// </summary>
    public bool TryRead(ObjectKey key, [NotNullWhen(true)] out T? item)
    {
        // Away first: a write that comes between is news, then, or in the cache already.
        _versions.TryRemove(key, out string? version);
        bool isThere = cache.TryGet(key, out item);
        if (version is not null && item?.Metadata.ResourceVersion == version)
        {
            _versions.TryAdd(key, version);
        }

        return isThere;
    }

    /// <summary>Takes note of a write.</summary>
    public void Note(T written)
    {
        if (written.Metadata.ResourceVersion is { } version)
        {
            _versions[written.Key] = version;
        }
    }

    /// <summary>Whether a change, which the cache has, asks for a decision.</summary>
    public bool IsNews(T? old, T? current)
    {
        if (current is null)
        {
            _versions.TryRemove(old!.Key, out _);
            return true;
        }

        return !_versions.TryGetValue(current.Key, out string? version) || version != current.Metadata.ResourceVersion;
    }
}
