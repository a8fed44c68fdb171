using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Client.Http;

namespace Lodestone.Client.Leases;

/// <summary>Takes, renews and releases one Lease: a heartbeat, or a lock. Not for use by several tasks at a time.</summary>
/// <remarks>
/// Whether another's hold has lapsed is judged by our own monotonic clock, from the moment we saw its last renewal: clocks of
/// machines need not agree. The duration is the one the holder wrote, so a released Lease (1 s, no holder) is free at once. Both
/// sides err towards fewer holders: our own hold counts from before we asked for it, another's from when we have heard of it.
/// </remarks>
public sealed class LeaseHolder(ApiClient client, LeaseOptions options, TimeProvider timeProvider)
{
    private const int Attempts = 2;

    private Lease? _observed;
    private long _observedAt;
    private bool _isMine;
    private bool _mayBeMine;

    /// <summary>Who holds the Lease as far as we know; empty for nobody.</summary>
    public string Holder => _observed?.Spec?.HolderIdentity ?? "";

    /// <summary>Whether we hold it: renewed within the deadline.</summary>
    public bool IsHeld => _isMine && timeProvider.GetElapsedTime(RenewedAt) < options.RenewDeadline;

    /// <summary>The Lease as last seen; null: never, or it didn't exist.</summary>
    internal Lease? Observed => _observed;

    /// <summary>When our last renewal that succeeded was begun; a timestamp of the time provider.</summary>
    internal long RenewedAt { get; private set; }

    /// <summary>How long until a Lease that another holds lapses; zero or less where an attempt to take it may succeed.</summary>
    internal TimeSpan UntilFree =>
        _observed is null || IsFree(_observed) ? TimeSpan.Zero : DurationOf(_observed) - timeProvider.GetElapsedTime(_observedAt);

    private ObjectKey Key => new(options.Namespace, options.Name);

    /// <summary>Takes the Lease where it is free, lapsed or ours; renews it where we hold it.</summary>
    /// <returns>Whether we hold it now. False also where somebody was faster.</returns>
    /// <exception cref="ApiException">The server refused for another reason.</exception>
    public async Task<bool> TryAcquireOrRenewAsync(CancellationToken cancellationToken = default)
    {
        for (int attempt = 1; ; attempt++)
        {
            Lease? seen = _isMine ? _observed : await client.TryGetAsync<Lease>(Key, cancellationToken);
            Observe(seen);
            if (!_isMine && seen is not null && !MayTake(seen))
            {
                _mayBeMine = false;
                return false;
            }

            // The others count from when they see it, which is later than this.
            long began = timeProvider.GetTimestamp();
            bool wasMine = _isMine;
            _mayBeMine = true;
            try
            {
                Lease written = seen is null
                    ? await client.CreateAsync(Build(null), cancellationToken)
                    : await client.ReplaceAsync(Build(seen), cancellationToken);
                Observe(written);
                RenewedAt = began;
                _isMine = true;
                return true;
            }
            catch (ApiException exception) when (exception.IsConflict || exception.IsAlreadyExists || (exception.IsNotFound && wasMine))
            {
                // Somebody wrote it since we read it, or deleted it; or a renewal of ours got through and its answer did not. Once more, by what is there.
                _isMine = false;
                if (attempt == Attempts)
                {
                    return false;
                }
            }
        }
    }

    /// <summary>
    /// Gives the Lease up, so that another need not wait for it to lapse; also where we asked for it and don't know the answer. Nothing
    /// happens where we don't hold it.
    /// </summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken = default)
    {
        Lease? current = _isMine ? _observed : null;
        bool isToRelease = _isMine || _mayBeMine;
        _isMine = false;
        _mayBeMine = false;
        for (int attempt = 1; isToRelease && attempt <= Attempts; attempt++)
        {
            current ??= await client.TryGetAsync<Lease>(Key, cancellationToken);
            if (current?.Spec?.HolderIdentity != options.Identity)
            {
                return;
            }

            Lease released = Build(current);
            released.Spec!.HolderIdentity = "";
            released.Spec.LeaseDurationSeconds = 1;
            try
            {
                Observe(await client.ReplaceAsync(released, cancellationToken));
                return;
            }
            catch (ApiException exception) when (exception.IsConflict || exception.IsNotFound)
            {
                // Somebody else has it already, or we saw it before our own last renewal.
                current = null;
            }
        }
    }

    /// <summary>Notes what a read or a watch told. Its renewal counts from now: it may have been made a moment ago.</summary>
    internal void Observe(Lease? seen)
    {
        if (seen is null || _observed?.Metadata.ResourceVersion != seen.Metadata.ResourceVersion)
        {
            _observed = seen;
            _observedAt = timeProvider.GetTimestamp();
        }
    }

    private bool MayTake(Lease seen) => IsFree(seen) || timeProvider.GetElapsedTime(_observedAt) >= DurationOf(seen);

    private bool IsFree(Lease seen) => seen.Spec?.HolderIdentity is not { Length: > 0 } holder || holder == options.Identity;

    private TimeSpan DurationOf(Lease seen) => seen.Spec?.LeaseDurationSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : options.Duration;

    private Lease Build(Lease? seen)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        bool changesHands = seen?.Spec?.HolderIdentity != options.Identity;
        ObjectMeta metadata = seen?.Metadata ?? new ObjectMeta { Namespace = options.Namespace, Name = options.Name };
        foreach ((string name, string value) in options.Labels)
        {
            (metadata.Labels ??= [])[name] = value;
        }

        return new Lease
        {
            Metadata = metadata,
            Spec = new LeaseSpec
            {
                HolderIdentity = options.Identity,
                LeaseDurationSeconds = options.DurationSeconds,
                AcquireTime = changesHands ? now : seen!.Spec!.AcquireTime,
                RenewTime = now,
                LeaseTransitions = seen is null ? 0 : (seen.Spec?.LeaseTransitions ?? 0) + (changesHands ? 1 : 0),
            },
        };
    }
}
