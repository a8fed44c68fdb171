using System.Runtime.InteropServices;
using Lodestone.Agent.Desired;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;

namespace Lodestone.Agent.Apply;

/// <summary>The agent's view of <c>reals</c>: which target has which index, read off the map at start.</summary>
/// <remarks>
/// A real keeps its index while its target lives, and its identity even when it is dead, until the flow table has been swept:
/// so a target that comes back gets its index back, and an agent that restarts knows which indexes records may still name.
/// </remarks>
internal sealed class RealTable
{
    private const int IdentityOffset = 24;

    private readonly IDatapathMaps _maps;
    private readonly Dictionary<ulong, uint> _indexes = [];
    private readonly HashSet<uint> _dead = [];
    private readonly SortedSet<uint> _free = [];
    private uint _next = 1;

    public RealTable(IDatapathMaps maps)
    {
        _maps = maps;
        Span<Real> reals = maps.Reals;
        for (uint index = 1; index < reals.Length; index++)
        {
            ulong target = TargetOf(reals[(int)index]);
            if (target == 0)
            {
                continue;
            }

            for (; _next < index; _next++)
            {
                _free.Add(_next);
            }

            _next = index + 1;
            _indexes.Add(target, index);
            if (reals[(int)index].Kind == RealKind.None)
            {
                _dead.Add(index);
            }
        }
    }

    /// <summary>Every target that has an index, also dead ones.</summary>
    public IReadOnlyDictionary<ulong, uint> Indexes => _indexes;

    /// <summary>Whether indexes of dead reals wait for the flow table to be swept.</summary>
    public bool HasDead => _dead.Count > 0;

    /// <summary>Makes the target's entry as desired. False when it has no index and none is free.</summary>
    public bool TryWrite(RealModel model, UnderlayModel underlay, ref long writes)
    {
        if (!_indexes.TryGetValue(model.Target, out uint index))
        {
            if (!TryTakeIndex(out index))
            {
                return false;
            }

            _indexes.Add(model.Target, index);
            _maps.ClearRealCounter(index);
        }

        // Alive even where no way is known: its index is not to be given to another.
        _dead.Remove(index);
        ref Real entry = ref _maps.Reals[(int)index];
        Real real = ToReal(model, underlay);
        if (model.IsUnresolved && entry.Kind == RealKind.Encap && ((ReadOnlySpan<byte>)entry.Ip6).SequenceEqual(real.Ip6))
        {
            return true;
        }

        if (!AsWords(ref entry).SequenceEqual(AsWords(ref real)))
        {
            Store(ref entry, real);
            writes++;
        }

        return true;
    }

    /// <summary>Takes the kind of every real that is not desired; records that name it are forgotten by the next packet.</summary>
    /// <remarks>The caller has waited until no packet goes by a ring that names it.</remarks>
    public void Kill(IReadOnlySet<ulong> desired, ref long writes)
    {
        foreach ((ulong target, uint index) in _indexes)
        {
            if (!desired.Contains(target) && _dead.Add(index) && _maps.Reals[(int)index].Kind != RealKind.None)
            {
                ref ulong first = ref AsWords(ref _maps.Reals[(int)index])[0];
                Real dead = _maps.Reals[(int)index];
                dead.Kind = RealKind.None;
                Volatile.Write(ref first, AsWords(ref dead)[0]);
                writes++;
            }
        }
    }

    /// <summary>Whether <see cref="Kill"/> would have to do something.</summary>
    public bool WouldKill(IReadOnlySet<ulong> desired)
    {
        foreach ((ulong target, uint index) in _indexes)
        {
            if (!desired.Contains(target) && !_dead.Contains(index))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Makes the indexes of dead reals free. The caller has swept the flow table after a grace period.</summary>
    public void Recycle()
    {
        foreach ((ulong target, uint index) in _indexes)
        {
            if (_dead.Contains(index))
            {
                _indexes.Remove(target);
                AsWords(ref _maps.Reals[(int)index]).Clear();
                _free.Add(index);
            }
        }

        _dead.Clear();
    }

    private bool TryTakeIndex(out uint index)
    {
        if (_free.Count > 0)
        {
            index = _free.Min;
            _free.Remove(index);
            return true;
        }

        index = _next;
        if (_next >= Math.Min((uint)_maps.Reals.Length, RingSlot.RealMask + 1))
        {
            return false;
        }

        _next++;
        return true;
    }

    private static Real ToReal(RealModel model, UnderlayModel underlay)
    {
        // A target whose host is unknown still has its identity; fe80::/64 is never encapsulated to.
        DatapathAddress outer = model.OuterDestination is { } address
            ? DatapathAddress.From(address)
            : DatapathAddress.From(UnderlayAddress.Derive(UnknownPrefix, model.Target));
        ushort mtu = (ushort)Math.Min(model.MtuBytes, ushort.MaxValue);
        LocalDevice uplink = underlay.Uplink;
        switch (model.Kind)
        {
            case RealKind.Encap:
                return RealTemplate.Encap(model.Ifindex, model.NextHop, uplink.Mac, DatapathAddress.From(underlay.Address), outer, mtu);
            case RealKind.None:
                Real unknown = RealTemplate.Encap(model.Ifindex, default, uplink.Mac, DatapathAddress.From(underlay.Address), outer, mtu);
                unknown.Kind = RealKind.None;
                return unknown;
            default:
                return RealTemplate.Local(model.Kind, model.Ifindex, model.NextHop, model.DeviceMac, outer, mtu);
        }
    }

    private static System.Net.IPNetwork UnknownPrefix { get; } = System.Net.IPNetwork.Parse("fe80::/64");

    private static ulong TargetOf(in Real real) => UnderlayAddress.TargetOf(((ReadOnlySpan<byte>)real.Ip6)[IdentityOffset..]);

    /// <summary>
    /// Headers first; then device, kind and MTU, which are one word. A packet that comes in between may leave with half the old and
    /// half the new header when a live entry changes (a next hop got another MAC address): it is lost, and sent again by whoever
    /// sent it.
    /// </summary>
    private static void Store(ref Real entry, Real real)
    {
        Span<ulong> from = AsWords(ref real);
        Span<ulong> to = AsWords(ref entry);
        for (int i = 1; i < from.Length; i++)
        {
            to[i] = from[i];
        }

        Volatile.Write(ref to[0], from[0]);
    }

    private static Span<ulong> AsWords(ref Real real) => MemoryMarshal.Cast<Real, ulong>(new Span<Real>(ref real));
}
