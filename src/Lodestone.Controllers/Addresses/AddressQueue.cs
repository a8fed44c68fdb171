using Lodestone.Api.Meta;

namespace Lodestone.Controllers.Addresses;

/// <summary>The load balancers that wait for an address, oldest first. Thread safe.</summary>
/// <remarks>
/// Space that appears is for the oldest that may use it: <see cref="AddressQueueController"/> wakes as many as it suffices for, and
/// <see cref="IsTurnOf"/> keeps younger ones, also those that never waited, from being faster.
/// </remarks>
internal sealed class AddressQueue
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, AddressWaiter> _waiters = [];
    private readonly Dictionary<(string Pool, string Family), SortedSet<AddressWaiter>> _byPool = [];
    private readonly HashSet<AddressWaiter> _woken = [];
    private bool _poolsChanged;

    /// <summary>Puts a load balancer in, or takes over what it waits for now; it counts as not woken.</summary>
    internal void Wait(AddressWaiter waiter)
    {
        lock (_lock)
        {
            LeaveLocked(waiter.Key);
            _waiters[waiter.Key] = waiter;
            foreach (PoolSpace space in waiter.Pools)
            {
                if (!_byPool.TryGetValue((space.Pool, space.Family), out SortedSet<AddressWaiter>? waiting))
                {
                    _byPool[(space.Pool, space.Family)] = waiting = [];
                }

                waiting.Add(waiter);
            }
        }
    }

    /// <summary>Takes a load balancer out; false where it wasn't in.</summary>
    internal bool Leave(ObjectKey key)
    {
        lock (_lock)
        {
            return LeaveLocked(key);
        }
    }

    /// <summary>Whether fewer older ones wait for addresses of a pool than there are.</summary>
    internal bool IsTurnOf(AddressWaiter candidate, string pool, string family, UInt128 free)
    {
        lock (_lock)
        {
            UInt128 older = 0;
            foreach (AddressWaiter waiter in _byPool.GetValueOrDefault((pool, family)) ?? [])
            {
                if (older >= free || waiter.CompareTo(candidate) >= 0)
                {
                    break;
                }

                older++;
            }

            return older < free;
        }
    }

    /// <summary>Pools, or who may use which, changed: what those that wait were told may be untrue.</summary>
    internal void PoolsChanged()
    {
        lock (_lock)
        {
            _poolsChanged = true;
        }
    }

    /// <summary>Whether pools changed since this was last asked.</summary>
    internal bool HavePoolsChanged()
    {
        lock (_lock)
        {
            bool changed = _poolsChanged;
            _poolsChanged = false;
            return changed;
        }
    }

    /// <summary>Those that wait, oldest first, and whether each was woken already.</summary>
    /// <param name="spaces">Only those that wait for one of these; null: all.</param>
    internal IReadOnlyList<(AddressWaiter Waiter, bool IsWoken)> Look(IEnumerable<(string Pool, string Family)>? spaces)
    {
        lock (_lock)
        {
            IEnumerable<AddressWaiter> waiters = spaces is null
                ? _waiters.Values
                : spaces.SelectMany(s => _byPool.GetValueOrDefault(s) ?? []).DistinctBy(w => w.Key);
            return [.. waiters.Order().Select(w => (w, _woken.Contains(w)))];
        }
    }

    /// <summary>Notes that one is woken. False: it has left, or waits for something else, since it was looked at.</summary>
    internal bool TryWake(AddressWaiter waiter)
    {
        lock (_lock)
        {
            return _waiters.TryGetValue(waiter.Key, out AddressWaiter? current) && ReferenceEquals(current, waiter) && _woken.Add(waiter);
        }
    }

    private bool LeaveLocked(ObjectKey key)
    {
        if (!_waiters.Remove(key, out AddressWaiter? waiter))
        {
            return false;
        }

        _woken.Remove(waiter);
        foreach (PoolSpace space in waiter.Pools)
        {
            if (_byPool.TryGetValue((space.Pool, space.Family), out SortedSet<AddressWaiter>? waiting) && waiting.Remove(waiter) && waiting.Count == 0)
            {
                _byPool.Remove((space.Pool, space.Family));
            }
        }

        return true;
    }
}
