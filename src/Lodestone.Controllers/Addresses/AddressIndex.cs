using System.Diagnostics.CodeAnalysis;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Informers;
using Address = System.Net.IPAddress;

namespace Lodestone.Controllers.Addresses;

/// <summary>Which public addresses are taken, kept up to date by every change instead of looked for. Thread safe.</summary>
/// <remarks>
/// It knows the <see cref="IPAddress"/> objects that the cache has shown, and, as pending, the addresses this process tried to take
/// that it hasn't shown yet. Pools are only questions: the same address may lie in several, and a changed pool changes nothing here.
/// It saves attempts and counts; the lock is the name of the IPAddress object. So a pending entry may be wrong, and is forgotten after
/// <see cref="PendingTime"/>.
/// </remarks>
internal sealed class AddressIndex(TimeProvider timeProvider)
{
    /// <summary>How long an address stays untried after an attempt whose outcome no cache has shown.</summary>
    internal static readonly TimeSpan PendingTime = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, AddressSet> _known = IPFamily.All.ToDictionary(f => f, _ => new AddressSet());
    private readonly Dictionary<string, AddressSet> _pending = IPFamily.All.ToDictionary(f => f, _ => new AddressSet());
    private readonly Dictionary<(string Pool, string Family), AddressSet> _byPool = [];
    private readonly Dictionary<(string Family, UInt128 Number), (string? Claimer, long Since)> _attempts = [];
    private readonly Dictionary<(string Claimer, string Family), UInt128> _byClaimer = [];
    private readonly Queue<((string Family, UInt128 Number) Address, long Since)> _order = [];

    /// <summary>Takes over what a cache shows, before its handler has told all of it.</summary>
    internal void Fill(ILister<IPAddress> addresses)
    {
        lock (_lock)
        {
            foreach (IPAddress address in addresses.All)
            {
                // What goes meanwhile goes from the lister first, and its handler waits for this lock.
                if (addresses.TryGet(address.Key, out _))
                {
                    AddLocked(address);
                }
            }
        }
    }

    /// <summary>Takes over one change of the cache.</summary>
    internal void Observe(IPAddress? old, IPAddress? current)
    {
        if (old is not null && current is not null && old.Metadata.Uid == current.Metadata.Uid)
        {
            // The spec can't change.
            return;
        }

        lock (_lock)
        {
            if (old is not null)
            {
                RemoveLocked(old);
            }

            if (current is not null)
            {
                AddLocked(current);
            }
        }
    }

    /// <summary>Picks a free address and marks it as being taken.</summary>
    /// <param name="set">The pool's addresses.</param>
    /// <param name="family">The family.</param>
    /// <param name="seed">Decides where the search starts, so that processes that allocate at the same time rarely want the same address.</param>
    /// <param name="claimer">UID of who wants it.</param>
    /// <param name="address">The address.</param>
    internal bool TryTake(AddressRangeSet set, string family, ulong seed, string claimer, [NotNullWhen(true)] out Address? address)
    {
        lock (_lock)
        {
            ForgetStaleLocked();
            if (!TryFindLocked(set, family, seed, out UInt128 number))
            {
                address = null;
                return false;
            }

            SetPendingLocked((family, number), claimer);
            address = AddressRange.ToAddress(number, family);
            return true;
        }
    }

    /// <summary>Marks an address as being taken, or as taken by an object that the cache hasn't shown yet.</summary>
    /// <param name="address">The address.</param>
    /// <param name="claimer">UID of who takes it, where it is known.</param>
    internal void SetPending(Address address, string? claimer)
    {
        lock (_lock)
        {
            SetPendingLocked(KeyOf(address), claimer);
        }
    }

    /// <summary>An address was not taken after all.</summary>
    internal void Forget(Address address)
    {
        lock (_lock)
        {
            ForgetLocked(KeyOf(address));
        }
    }

    /// <summary>The address that a claimer tried to take last and the cache doesn't show yet.</summary>
    internal Address? PendingOf(string claimer, string family)
    {
        lock (_lock)
        {
            return _byClaimer.TryGetValue((claimer, family), out UInt128 number) ? AddressRange.ToAddress(number, family) : null;
        }
    }

    /// <summary>How many addresses of a set are in use, by whichever of overlapping pools they were given out.</summary>
    internal UInt128 Used(AddressRangeSet set, string family)
    {
        lock (_lock)
        {
            return CountLocked(_known[family], set, family);
        }
    }

    /// <summary>How many addresses of a set are neither in use nor being taken.</summary>
    internal UInt128 Free(AddressRangeSet set, string family)
    {
        lock (_lock)
        {
            ForgetStaleLocked();
            return set.Count(family) - CountLocked(_known[family], set, family) - CountLocked(_pending[family], set, family);
        }
    }

    /// <summary>Whether any address of a set is being taken.</summary>
    internal bool IsPending(AddressRangeSet set, string family)
    {
        lock (_lock)
        {
            ForgetStaleLocked();
            return CountLocked(_pending[family], set, family) > 0;
        }
    }

    /// <summary>Addresses given out of a pool that are not in a set: how many, and the lowest of them.</summary>
    internal (int Count, IReadOnlyList<Address> First) Outside(string pool, AddressRangeSet set, int max)
    {
        int count = 0;
        List<Address> lowest = [];
        lock (_lock)
        {
            foreach (string family in IPFamily.All)
            {
                if (_byPool.TryGetValue((pool, family), out AddressSet? used))
                {
                    int outside = (int)(used.Count - (long)CountLocked(used, set, family));
                    AddLowestLocked(used, set, family, Math.Min(outside, max - lowest.Count), lowest);
                    count += outside;
                }
            }
        }

        return (count, lowest);
    }

    private bool TryFindLocked(AddressRangeSet set, string family, ulong seed, out UInt128 number)
    {
        number = default;
        AddressRange[] ranges = [.. set.Ranges.Where(r => r.Family == family)];
        if (ranges.Length == 0)
        {
            return false;
        }

        // IPv6 pools may hold more than 2^64 addresses; starting within the first 2^64 is spread enough.
        UInt128 skip = seed % set.Count(family);
        int start = 0;
        while (skip >= ranges[start].Count)
        {
            skip -= ranges[start++].Count;
        }

        // From there to the end, and around.
        UInt128 from = ranges[start].First + skip;
        for (int i = 0; i < ranges.Length; i++)
        {
            AddressRange range = ranges[(start + i) % ranges.Length];
            if (TryFindLocked(family, i == 0 ? from : range.First, range.Last, out number))
            {
                return true;
            }
        }

        return from > ranges[start].First && TryFindLocked(family, ranges[start].First, from - 1, out number);
    }

    private bool TryFindLocked(string family, UInt128 first, UInt128 last, out UInt128 number)
    {
        number = first;
        while (_known[family].TryNextGap(number, out number) && number <= last)
        {
            UInt128 unused = number;
            if (!_pending[family].TryNextGap(number, out number) || number > last)
            {
                return false;
            }

            if (number == unused)
            {
                return true;
            }
        }

        return false;
    }

    private static UInt128 CountLocked(AddressSet used, AddressRangeSet set, string family)
    {
        UInt128 count = 0;
        foreach (AddressRange range in set.Ranges)
        {
            count += range.Family == family ? (UInt128)used.CountIn(range.First, range.Last) : UInt128.Zero;
        }

        return count;
    }

    private static void AddLowestLocked(AddressSet used, AddressRangeSet set, string family, int wanted, List<Address> result)
    {
        UInt128 from = 0;
        using IEnumerator<AddressRange> ranges = set.Ranges.Where(r => r.Family == family).GetEnumerator();
        bool hasRange = ranges.MoveNext();
        while (wanted > 0 && used.TryNext(from, out UInt128 number))
        {
            while (hasRange && ranges.Current.Last < number)
            {
                hasRange = ranges.MoveNext();
            }

            bool isInside = hasRange && ranges.Current.Contains(number);
            if (!isInside)
            {
                result.Add(AddressRange.ToAddress(number, family));
                wanted--;
            }

            // Past the address, or past the range with all that is in it.
            UInt128 last = isInside ? ranges.Current.Last : number;
            if (last == UInt128.MaxValue)
            {
                return;
            }

            from = last + 1;
        }
    }

    private void AddLocked(IPAddress address)
    {
        if (TryRead(address, out (string Family, UInt128 Number) key))
        {
            ForgetLocked(key);
            _known[key.Family].Add(key.Number);
            if (address.Spec.PoolRef is { } pool)
            {
                if (!_byPool.TryGetValue((pool.Name, key.Family), out AddressSet? used))
                {
                    _byPool[(pool.Name, key.Family)] = used = new AddressSet();
                }

                used.Add(key.Number);
            }
        }
    }

    private void RemoveLocked(IPAddress address)
    {
        if (TryRead(address, out (string Family, UInt128 Number) key))
        {
            ForgetLocked(key);
            _known[key.Family].Remove(key.Number);
            if (address.Spec.PoolRef is { } pool && _byPool.TryGetValue((pool.Name, key.Family), out AddressSet? used))
            {
                used.Remove(key.Number);
                if (used.Count == 0)
                {
                    _byPool.Remove((pool.Name, key.Family));
                }
            }
        }
    }

    private void SetPendingLocked((string Family, UInt128 Number) key, string? claimer)
    {
        ForgetLocked(key);
        if (_known[key.Family].Contains(key.Number))
        {
            return;
        }

        long now = timeProvider.GetTimestamp();
        _attempts[key] = (claimer, now);
        _pending[key.Family].Add(key.Number);
        _order.Enqueue((key, now));
        if (claimer is not null)
        {
            _byClaimer[(claimer, key.Family)] = key.Number;
        }
    }

    private void ForgetLocked((string Family, UInt128 Number) key)
    {
        if (!_attempts.Remove(key, out (string? Claimer, long Since) attempt))
        {
            return;
        }

        _pending[key.Family].Remove(key.Number);
        if (attempt.Claimer is { } claimer && _byClaimer.TryGetValue((claimer, key.Family), out UInt128 number) && number == key.Number)
        {
            _byClaimer.Remove((claimer, key.Family));
        }
    }

    private void ForgetStaleLocked()
    {
        while (_order.TryPeek(out ((string Family, UInt128 Number) Address, long Since) oldest))
        {
            bool isPending = _attempts.TryGetValue(oldest.Address, out (string? Claimer, long Since) attempt) && attempt.Since == oldest.Since;
            if (isPending && timeProvider.GetElapsedTime(oldest.Since) < PendingTime)
            {
                return;
            }

            _order.Dequeue();
            if (isPending)
            {
                ForgetLocked(oldest.Address);
            }
        }
    }

    private static (string Family, UInt128 Number) KeyOf(Address address) => (IPFamily.Of(address), AddressRange.ToNumber(address));

    /// <summary>Internal addresses are their networks' affair: no pool holds them.</summary>
    private static bool TryRead(IPAddress address, out (string Family, UInt128 Number) key)
    {
        key = default;
        if (address.Spec.NetworkRef is not null || !IPFamily.TryParseAddress(address.Spec.Ip, out Address? ip))
        {
            return false;
        }

        key = KeyOf(ip);
        return true;
    }
}
