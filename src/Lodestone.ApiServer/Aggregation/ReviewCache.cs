using System.Security.Cryptography;

namespace Lodestone.ApiServer.Aggregation;

/// <summary>Answers of the cluster, each kept for its time; who asks the same while the answer is on its way waits for it.</summary>
/// <remarks>
/// Thread safe and bounded: the oldest go first. Questions are kept as keyed hashes, since they hold tokens. A failure is told to all who
/// wait for it and then forgotten.
/// </remarks>
internal sealed class ReviewCache<T>(int capacity, TimeProvider time)
{
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Queue<Entry> _order = new();

    /// <summary>The answer to a question.</summary>
    /// <param name="question">What is asked, complete.</param>
    /// <param name="ask">Asks the cluster; has a deadline of its own, since others may wait for it too.</param>
    /// <param name="lifetime">How long an answer counts.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task<T> GetAsync(ReadOnlySpan<byte> question, Func<Task<T>> ask, Func<T, TimeSpan> lifetime, CancellationToken cancellationToken)
    {
        string key = Convert.ToBase64String(HMACSHA256.HashData(_secret, question));
        Entry? entry;
        bool isNew = false;
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out entry) || IsOver(entry))
            {
                entry = new Entry(key);
                isNew = true;
                _entries[key] = entry;
                _order.Enqueue(entry);
                TrimLocked();
            }
        }

        if (isNew)
        {
            _ = AskAsync(entry, ask, lifetime);
        }

        return entry.Answer.Task.WaitAsync(cancellationToken);
    }

    private bool IsOver(Entry entry) => entry.Until is { } until && time.GetTimestamp() >= until;

    private void TrimLocked()
    {
        while (_order.TryPeek(out Entry? oldest))
        {
            bool isCurrent = _entries.TryGetValue(oldest.Key, out Entry? held) && ReferenceEquals(held, oldest);
            if (isCurrent && !IsOver(oldest) && _entries.Count <= capacity)
            {
                return;
            }

            _order.Dequeue();
            if (isCurrent)
            {
                _entries.Remove(oldest.Key);
            }
        }
    }

    private async Task AskAsync(Entry entry, Func<Task<T>> ask, Func<T, TimeSpan> lifetime)
    {
        try
        {
            T answer = await ask();
            entry.Until = time.GetTimestamp() + (long)(lifetime(answer).TotalSeconds * time.TimestampFrequency);
            entry.Answer.SetResult(answer);
        }
#pragma warning disable CA1031 // Whoever waits gets it, whatever it is.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            entry.Until = long.MinValue;
            entry.Answer.SetException(exception);
        }
    }

    private sealed class Entry(string key)
    {
        private long _until;

        public string Key { get; } = key;

        public TaskCompletionSource<T> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>The timestamp from which the answer no longer counts; null while there is none.</summary>
        public long? Until
        {
            get => Volatile.Read(ref _until) is var until and not 0 ? until : null;
            set => Volatile.Write(ref _until, value!.Value);
        }
    }
}
