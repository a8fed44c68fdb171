using System.Collections.Concurrent;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Watch;

/// <summary>The latest events as tables or metadata: each is encoded once, by the first watcher who wants it so.</summary>
/// <remarks>
/// For each form a ring indexed by resourceVersion, so that its size bounds the memory and watchers that keep up, which
/// see the same few versions, share all they send. One that lags behind by more than the ring encodes for itself.
/// </remarks>
internal sealed class EventEncodings
{
    private const int RingSize = 1024;
    private readonly ConcurrentDictionary<(ObjectFormat Format, string MetaVersion, string IncludeObject), Entry?[]> _rings = new();
    private long _made;

    /// <summary>How many encodings were made.</summary>
    public long Made => Interlocked.Read(ref _made);

    /// <summary>The encoding of an object.</summary>
    /// <param name="item">The object; the same instance for all who share it.</param>
    /// <param name="form">The form.</param>
    /// <param name="encode">Makes it.</param>
    public byte[] Get(StoredObject item, Negotiation form, Func<StoredObject, byte[]> encode)
    {
        Entry?[] ring = _rings.GetOrAdd((form.Format, form.MetaVersion, form.IncludeObject), static _ => new Entry?[RingSize]);
        ref Entry? slot = ref ring[item.ResourceVersion % RingSize];
        Entry? found = Volatile.Read(ref slot);
        while (found?.Item != item)
        {
            var mine = new Entry(item, new Lazy<byte[]>(() =>
            {
                Interlocked.Increment(ref _made);
                return encode(item);
            }));
            Entry? other = Interlocked.CompareExchange(ref slot, mine, found);
            if (ReferenceEquals(other, found))
            {
                found = mine;
                break;
            }

            found = other;
        }

        return found.Bytes.Value;
    }

    private sealed class Entry(StoredObject item, Lazy<byte[]> bytes)
    {
        public StoredObject Item { get; } = item;

        public Lazy<byte[]> Bytes { get; } = bytes;
    }
}
