using Lodestone.Client.Http;

namespace Lodestone.Client.Leases;

/// <summary>One candidacy and the term that follows it: whether it has begun, and until when it may write. Thread safe.</summary>
/// <remarks>
/// The end is a point in time that every renewal moves, and each write looks at the clock: a process that was stopped for a while and
/// goes on behaves as after the deadline from its first instruction, before any timer has fired.
/// </remarks>
public sealed class LeaderTerm
{
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _lease;
    private readonly TimeProvider _time;
    private long _end = long.MinValue;
    private long _refused;

    internal LeaderTerm(string lease, TimeProvider timeProvider)
    {
        _lease = lease;
        _time = timeProvider;
    }

    /// <summary>Whether writes may go out: the Lease is held, and was renewed within the deadline.</summary>
    public bool IsOpen => _time.GetTimestamp() < Volatile.Read(ref _end);

    /// <summary>Whether the Lease was held at some time.</summary>
    public bool HasBegun => _begun.Task.IsCompletedSuccessfully;

    /// <summary>When the term began; a timestamp of the time provider. Zero before.</summary>
    public long BeganAt { get; private set; }

    /// <summary>Writes that were held back since the term is over.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>How long writes may still go out; zero or less: no longer.</summary>
    internal TimeSpan Left
    {
        get
        {
            long end = Volatile.Read(ref _end);
            return end == long.MinValue ? TimeSpan.Zero : _time.GetElapsedTime(_time.GetTimestamp(), end);
        }
    }

    /// <summary>Waits until the Lease is held and the work may begin.</summary>
    public Task BegunAsync(CancellationToken cancellationToken) => _begun.Task.WaitAsync(cancellationToken);

    /// <summary>
    /// The same API for the work of this term, over connections of its own: what would write is not sent before the term has begun, nor once it
    /// is over, and fails with <see cref="HttpRequestException"/>. Reads may fail then, too. Dispose it before <paramref name="client"/>.
    /// </summary>
    public ApiClient Fence(ApiClient client) => client.Behind(inner => new TermFenceHandler(this, inner), inner => new TermTransport(this, inner));

    internal void Begin(long renewedAt, TimeSpan validity)
    {
        BeganAt = renewedAt;
        Extend(renewedAt, validity);
        _begun.TrySetResult();
    }

    internal void Extend(long renewedAt, TimeSpan validity) =>
        Volatile.Write(ref _end, renewedAt + (long)(validity.TotalSeconds * _time.TimestampFrequency));

    /// <summary>Ends it for good.</summary>
    internal void End() => Volatile.Write(ref _end, long.MinValue);

    internal void ThrowIfClosed(HttpRequestMessage request)
    {
        if (!IsOpen)
        {
            Interlocked.Increment(ref _refused);
            throw new HttpRequestException($"{request.Method} {request.RequestUri?.AbsolutePath}: not sent, lease {_lease} is not held or could not be renewed in time");
        }
    }
}
