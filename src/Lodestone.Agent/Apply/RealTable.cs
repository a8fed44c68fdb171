using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Lodestone.Agent.Desired;
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
    private readonly IDatapathMaps _maps;
    private readonly Dictionary<ulong, uint> _indexes = [];
    private readonly ImmutableDictionary<ulong, uint>.Builder _shown = ImmutableDictionary.CreateBuilder<ulong, uint>();
    private readonly HashSet<uint> _dead = [];
    private readonly HashSet<uint> _killed = [];
    private readonly SortedSet<uint> _free = [];
    private uint _next = 1;

    public RealTable(IDatapathMaps maps)
    {
        _maps = maps;
        Span<Real> reals = maps.Reals;
        for (uint index = 1; index < reals.Length; index++)
        {
            ulong target = reals[(int)index].Target;
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
            _shown.Add(target, index);
            if (reals[(int)index].Kind == RealKind.None)
            {
                _dead.Add(index);
            }
        }
    }

    /// <summary>Every target that has an index, also dead ones.</summary>
    public IReadOnlyDictionary<ulong, uint> Indexes => _indexes;

    /// <summary>The same, as it is now.</summary>
    public ImmutableDictionary<ulong, uint> ToImmutable() => _shown.ToImmutable();

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
            _shown.Add(model.Target, index);
            _maps.ClearRealCounter(index);
        }

        // Alive even where no way is known: its index is not to be given to another.
        _dead.Remove(index);
        _killed.Remove(index);
        ref Real entry = ref _maps.Reals[(int)index];
        Real real = ToReal(model, underlay);
        if (model.IsUnresolved && IsWayTo(entry, real, model))
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

    /// <summary>Takes the kind of reals; records that name them are forgotten by the next packet.</summary>
    /// <remarks>The caller has waited until no packet goes by a ring that names one.</remarks>
    public void Kill(IEnumerable<ulong> targets, ref long writes)
    {
        foreach (ulong target in targets)
        {
            if (_indexes.TryGetValue(target, out uint index) && _dead.Add(index) && _maps.Reals[(int)index].Kind != RealKind.None)
            {
                ref ulong first = ref AsWords(ref _maps.Reals[(int)index])[0];
                Real dead = _maps.Reals[(int)index];
                dead.Kind = RealKind.None;
                Volatile.Write(ref first, AsWords(ref dead)[0]);
                _killed.Add(index);
                writes++;
            }
        }
    }

    /// <summary>Targets that have an index, are not dead and not among these.</summary>
    public List<ulong> AliveBeside(IReadOnlySet<ulong> desired)
    {
        List<ulong> others = [];
        foreach ((ulong target, uint index) in _indexes)
        {
            if (!desired.Contains(target) && !_dead.Contains(index))
            {
                others.Add(target);
            }
        }

        return others;
    }

    /// <summary>Makes the indexes of dead reals free. The caller has swept the flow table after a grace period.</summary>
    public void Recycle()
    {
        foreach ((ulong target, uint index) in _indexes)
        {
            if (_dead.Contains(index))
            {
                _indexes.Remove(target);
                _shown.Remove(target);
                AsWords(ref _maps.Reals[(int)index]).Clear();
                _free.Add(index);
            }
        }

        _dead.Clear();
        _killed.Clear();
    }

    /// <summary>Whether one of these targets was killed, and may still have records.</summary>
    public bool AnyComesBack(IEnumerable<RealModel> desired) =>
        _killed.Count > 0 && desired.Any(real => _indexes.TryGetValue(real.Target, out uint index) && _killed.Contains(index));

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

    /// <summary>Whether a real is the way to the destination of another one that lacks it.</summary>
    public static bool IsWayTo(in Real real, in Real other, RealModel model) => real.Kind == model.Form && real.Src == other.Src && real.Dst == other.Dst;

    /// <summary>The entry of a target as the map is to hold it.</summary>
    public static Real ToReal(RealModel model, UnderlayModel underlay)
    {
        ushort mtu = (ushort)Math.Min(model.MtuBytes, ushort.MaxValue);
        DatapathAddress outer = model.OuterDestination is { } address ? DatapathAddress.From(address) : default;
        if (model is { Form: not RealKind.None, OuterSource: { } source })
        {
            Real remote = RealTemplate.Remote(
                model.Form, model.Target, model.Ifindex, model.NextHop, underlay.Uplink.Mac, DatapathAddress.From(source), outer, mtu);
            remote.Kind = model.Kind;
            return remote;
        }

        if (model.Kind == RealKind.None)
        {
            return new Real { Ifindex = model.Ifindex, Mtu = mtu, Target = model.Target, Dst = outer }; // its identity keeps its index
        }

        if (model.Kind == RealKind.Stack)
        {
            return RealTemplate.Stack(model.Target, model.Ifindex, outer, mtu);
        }

        Real local = RealTemplate.Local(model.Kind, model.Ifindex, model.NextHop, model.DeviceMac, outer, mtu);
        local.Flags = model.Translates ? NicFlags.Translates : NicFlags.None;
        return local;
    }

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
