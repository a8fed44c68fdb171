using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Ring;

namespace Lodestone.Datapath.Tests.Ring;

/// <summary>A gateway reduced to its ring and a flow table without bounds.</summary>
internal class TransitionGateway
{
    private readonly Dictionary<ulong, uint> _flows = [];
    private readonly Dictionary<ulong, uint> _indexes = [];
    private readonly List<ulong> _targets = [0];
    private HashSet<ulong> _alive = [];
    private bool _isFound;
    private DateTimeOffset _lateUntil;
    private long _generation;

    public TransitionGateway()
    {
    }

    private TransitionGateway(TransitionGateway before)
    {
        // What is pinned outlives the agent: ring, flow table, reals.
        (_flows, _indexes, _targets) = (new(before._flows), new(before._indexes), [.. before._targets]);
        (_alive, _isFound) = (before._alive, true);
        Ring = [.. before.Ring];
    }

    /// <summary>Its agent follows nothing: the machine goes on with what it has.</summary>
    public bool IsDown { get; set; }

    public RingSlot[] Ring { get; private set; } = [];

    /// <summary>How many flows found no place to be recorded: a table without bounds has one for each.</summary>
    public virtual int Unrecorded => 0;

    /// <summary>Targets by the index of their real.</summary>
    protected IReadOnlyList<ulong> TargetsByReal => _targets;

    public int Recorded => _flows.Count;

    public virtual void Follow(RingHistory history, long generation, DateTimeOffset now, bool quiet)
    {
        FoldedRing folded = RingFold.Fold(history, now);
        _alive = [.. history.AliveAt(now)];
        uint[] reals = [.. folded.Targets.Select(IndexOf)];
        RingPast past = new()
        {
            Ring = Ring,
            IsQuiet = quiet,
            Alive = _alive.Select(IndexOf).ToArray(),
            KeepsLearning = _isFound || now < _lateUntil,
        };
        int log2 = RingSettling.SizeLog2(folded, reals, past);
        RingSlot[] next = new RingSlot[log2 == 0 ? 0 : 1 << log2];
        LearningSlots learning = next.Length > 0 ? RingSettling.Write(folded, reals, past, next) : default;
        if (learning.Late > 0 || (_isFound && learning.Kept > 0) || (learning.Begun > 0 && history.LateWindowAfter(_isFound ? 0 : _generation, now) is not null))
        {
            _lateUntil = now.AddSeconds(TransitionWorld.Window);
        }

        _generation = generation;
        _isFound = false;
        Ring = next;
    }

    /// <summary>The target a packet goes to; 0 when it is dropped. Slot semantics as in <c>types.h</c>.</summary>
    public virtual ulong Send(ulong hash, bool isSyn)
    {
        if (Ring.Length == 0)
        {
            return 0;
        }

        RingSlot slot = Ring[hash >> (64 - System.Numerics.BitOperations.Log2((uint)Ring.Length))];
        bool consult = (slot.Previous & RingSlot.Consult) != 0;
        bool learn = (slot.Previous & RingSlot.Learn) != 0;
        if (!consult)
        {
            return _targets[(int)slot.Current];
        }

        if (isSyn)
        {
            _flows.Remove(hash);
            if (learn)
            {
                _flows[hash] = slot.Current;
            }

            return _targets[(int)slot.Current];
        }

        if (_flows.TryGetValue(hash, out uint real) && _alive.Contains(_targets[(int)real]))
        {
            return _targets[(int)real];
        }

        if (!learn)
        {
            return _targets[(int)slot.Current];
        }

        uint previous = slot.Previous & RingSlot.RealMask;
        real = _alive.Contains(_targets[(int)previous]) ? previous : slot.Current;
        _flows[hash] = real;
        return _targets[(int)real];
    }

    /// <summary>The gateway after its agent has been killed and started again.</summary>
    public virtual TransitionGateway Restarted() => new(this);

    /// <summary>Takes over the records of another, as if they were shared.</summary>
    public void TakeRecords(TransitionGateway other)
    {
        foreach ((ulong hash, uint real) in other._flows)
        {
            _flows.TryAdd(hash, IndexOf(other._targets[(int)real]));
        }
    }

    /// <summary>Where a packet would go that the target which <see cref="Send"/> gives does not know: the slot's other owner. 0 where there is none.</summary>
    public ulong SecondChance(ulong hash, ulong first)
    {
        RingSlot slot = Ring[hash >> (64 - System.Numerics.BitOperations.Log2((uint)Ring.Length))];
        if ((slot.Previous & RingSlot.Learn) == 0)
        {
            return 0;
        }

        ulong current = _targets[(int)slot.Current], previous = _targets[(int)(slot.Previous & RingSlot.RealMask)];
        return first == current ? previous : current;
    }

    protected bool IsAlive(ulong target) => _alive.Contains(target);

    /// <summary>Whether a window of its own is open at <paramref name="now"/>.</summary>
    public bool IsLate(DateTimeOffset now) => now < _lateUntil;

    private uint IndexOf(ulong target)
    {
        if (!_indexes.TryGetValue(target, out uint index))
        {
            index = (uint)_targets.Count;
            _targets.Add(target);
            _indexes.Add(target, index);
        }

        return index;
    }
}
