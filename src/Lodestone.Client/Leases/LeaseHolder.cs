using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Client.Http;

namespace Lodestone.Client.Leases;

/// <summary>Takes, renews and releases one Lease: a heartbeat, or a lock. Not for use by several tasks at a time.</summary>
/// <remarks>
/// Whether another's hold has lapsed is judged by our own monotonic clock, from the moment we saw its last renewal: clocks of
/// machines need not agree. The duration is the one the holder wrote, so a released Lease (1 s, no holder) is free at once.
/// </remarks>
public sealed class LeaseHolder(ApiClient client, LeaseOptions options, TimeProvider timeProvider)
{
    private Lease? _observed;
    private long _observedAt;
    private long _renewedAt;
    private bool _isMine;

    /// <summary>Who holds the Lease as far as we know; empty for nobody.</summary>
    public string Holder => _observed?.Spec?.HolderIdentity ?? "";

    /// <summary>Whether we hold it: renewed within the deadline.</summary>
    public bool IsHeld => _isMine && timeProvider.GetElapsedTime(_renewedAt) < options.RenewDeadline;

    private ObjectKey Key => new(options.Namespace, options.Name);

    /// <summary>Takes the Lease where it is free, lapsed or ours; renews it where we hold it.</summary>
    /// <returns>Whether we hold it now. False also where somebody was faster.</returns>
    /// <exception cref="ApiException">The server refused for another reason.</exception>
    public async Task<bool> TryAcquireOrRenewAsync(CancellationToken cancellationToken = default)
    {
        // Counted from before the request: the others count from when they see it.
        long now = timeProvider.GetTimestamp();
        try
        {
            Lease? seen = _isMine ? _observed : await client.TryGetAsync<Lease>(Key, cancellationToken);
            if (seen is not null)
            {
                Observe(seen, now);
            }

            if (seen is not null && !_isMine && !MayTake(seen))
            {
                return false;
            }

            Lease written = seen is null
                ? await client.CreateAsync(Build(null), cancellationToken)
                : await client.ReplaceAsync(Build(seen), cancellationToken);
            Observe(written, now);
            _isMine = true;
            _renewedAt = now;
            return true;
        }
        catch (ApiException exception) when (exception.IsConflict || exception.IsAlreadyExists || exception.IsNotFound)
        {
            // Somebody wrote it since we read it, or deleted it. The next attempt reads it afresh.
            bool couldBeOurs = _isMine && exception.IsNotFound;
            _isMine = false;
            if (exception.IsNotFound && !couldBeOurs)
            {
                throw;
            }

            return false;
        }
    }

    /// <summary>Gives the Lease up, so that another need not wait for it to lapse. Nothing happens where we don't hold it.</summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken = default)
    {
        if (!_isMine || _observed is null)
        {
            return;
        }

        _isMine = false;
        Lease released = Build(_observed);
        released.Spec!.HolderIdentity = "";
        released.Spec.LeaseDurationSeconds = 1;
        try
        {
            _observed = await client.ReplaceAsync(released, cancellationToken);
        }
        catch (ApiException exception) when (exception.IsConflict || exception.IsNotFound)
        {
            // Somebody else has it already.
        }
    }

    private bool MayTake(Lease seen)
    {
        LeaseSpec spec = seen.Spec ?? new LeaseSpec();
        if (string.IsNullOrEmpty(spec.HolderIdentity) || spec.HolderIdentity == options.Identity)
        {
            return true;
        }

        TimeSpan duration = spec.LeaseDurationSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : options.Duration;
        return timeProvider.GetElapsedTime(_observedAt) >= duration;
    }

    private void Observe(Lease seen, long now)
    {
        if (_observed?.Metadata.ResourceVersion != seen.Metadata.ResourceVersion || _observed is null)
        {
            _observed = seen;
            _observedAt = now;
        }
    }

    private Lease Build(Lease? seen)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        bool changesHands = seen?.Spec?.HolderIdentity != options.Identity;
        return new Lease
        {
            Metadata = seen?.Metadata ?? new ObjectMeta { Namespace = options.Namespace, Name = options.Name },
            Spec = new LeaseSpec
            {
                HolderIdentity = options.Identity,
                LeaseDurationSeconds = (int)Math.Max(1, Math.Round(options.Duration.TotalSeconds)),
                AcquireTime = changesHands ? now : seen!.Spec!.AcquireTime,
                RenewTime = now,
                LeaseTransitions = seen is null ? 0 : (seen.Spec?.LeaseTransitions ?? 0) + (changesHands ? 1 : 0),
            },
        };
    }
}
