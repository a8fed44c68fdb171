namespace Lodestone.Client.Events;

/// <summary>Keeps events from becoming a flood: who says a lot about one object says it in fewer events, and in the end in none. Not thread safe.</summary>
/// <remarks>
/// The rules and numbers of client-go's EventCorrelator (tools/record/events_cache.go), so that people find what they are used to: of one
/// object, type and reason the tenth message within ten minutes, and those after it, are told as one event that counts; of one object 25
/// events at once and one more every five minutes, repeats counted. A limit on what is remembered bounds the memory; what is forgotten begins anew.
/// </remarks>
internal sealed class EventCorrelator(TimeProvider timeProvider)
{
    /// <summary>Begins the message of an event that stands for several.</summary>
    internal const string CombinedPrefix = "(combined from similar events): ";

    private const int MaxMessages = 10;
    private const double Burst = 25;
    private const int Remembered = 4096;

    private static readonly TimeSpan MessageWindow = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan TokenInterval = TimeSpan.FromMinutes(5);

    private readonly RecentMap<(string Kind, string Namespace, string Name, string Uid), Bucket> _buckets = new(Remembered);
    private readonly RecentMap<EventIdentity, Similar> _similar = new(Remembered);

    /// <summary>What to write for an event.</summary>
    /// <param name="identity">The event.</param>
    /// <returns>
    /// The event to count under, and its message as of now; null: nothing, there were too many. Combined ones are counted under one
    /// without a message.
    /// </returns>
    internal (EventIdentity Key, string Message)? Admit(EventIdentity identity)
    {
        // Similar ones first: what is combined is still counted by the bucket, as in client-go.
        (EventIdentity Key, string Message) told = IsOneOfMany(identity)
            ? (identity with { Message = "" }, CombinedPrefix + identity.Message)
            : (identity, identity.Message);
        return TryTake(identity) ? told : null;
    }

    private bool IsOneOfMany(EventIdentity identity)
    {
        EventIdentity key = identity with { Message = "" };
        long now = timeProvider.GetTimestamp();
        if (!_similar.TryGet(key, out Similar? similar) || timeProvider.GetElapsedTime(similar.LastAt, now) > MessageWindow)
        {
            similar = new Similar();
            _similar.Set(key, similar);
        }

        similar.LastAt = now;
        if (similar.Messages.Count < MaxMessages)
        {
            similar.Messages.Add(identity.Message);
        }

        return similar.Messages.Count >= MaxMessages;
    }

    private bool TryTake(EventIdentity identity)
    {
        var key = (identity.Kind, identity.Namespace, identity.Name, identity.Uid);
        long now = timeProvider.GetTimestamp();
        if (!_buckets.TryGet(key, out Bucket? bucket))
        {
            bucket = new Bucket { Tokens = Burst, At = now };
            _buckets.Set(key, bucket);
        }

        bucket.Tokens = Math.Min(Burst, bucket.Tokens + (timeProvider.GetElapsedTime(bucket.At, now) / TokenInterval));
        bucket.At = now;
        if (bucket.Tokens < 1)
        {
            return false;
        }

        bucket.Tokens--;
        return true;
    }

    private sealed class Bucket
    {
        internal double Tokens { get; set; }

        internal long At { get; set; }
    }

    private sealed class Similar
    {
        internal HashSet<string> Messages { get; } = new(StringComparer.Ordinal);

        internal long LastAt { get; set; }
    }
}
