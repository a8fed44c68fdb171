using System.Collections.Immutable;

namespace Lodestone.ApiServer.Storage.Files;

/// <summary>Adds entries up to a state.</summary>
internal sealed class StateBuilder
{
    private readonly ImmutableDictionary<string, ObjectMap>.Builder _resources = StoreState.Empty.Resources.ToBuilder();

    /// <summary>Objects there are.</summary>
    public long Count => _resources.Values.Sum(o => (long)o.Count);

    /// <summary>Adds one entry; false if it deletes what is not there.</summary>
    public bool Add(in LogEntry entry)
    {
        ObjectMap objects = _resources.GetValueOrDefault(entry.Resource, ObjectMap.Empty);
        ObjectMap changed = entry.Object is null ? objects.Remove(entry.Key) : objects.Set(entry.Object);
        _resources[entry.Resource] = changed;
        return !ReferenceEquals(changed, objects);
    }

    /// <summary>The state.</summary>
    /// <param name="version">Its version.</param>
    public StoreState Build(long version) => new(version, _resources.ToImmutable());
}
