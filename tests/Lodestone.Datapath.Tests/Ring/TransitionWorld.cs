using System.Collections.Immutable;
using Lodestone.Datapath.Ring;

namespace Lodestone.Datapath.Tests.Ring;

/// <summary>A controller that changes one LoadBalancer's targets, gateways that follow, and a population of flows.</summary>
/// <remarks>Every flow sends at least two packets in a window and reaches one gateway: what the design promises to protect.</remarks>
internal sealed class TransitionWorld
{
    public const int Window = 100;

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly SortedDictionary<ulong, byte> _weights = [];
    private readonly List<TargetChange> _changes = [];
    private readonly List<TargetChange> _allChanges = [];
    private readonly Dictionary<ulong, DateTimeOffset> _draining = [];
    private readonly List<Flow> _flows = [];
    private readonly Random _random;
    private long _generation;

    public TransitionWorld(int seed, int gateways, Func<TransitionGateway>? newGateway = null)
    {
        _random = new Random(seed);
        History = new RingHistory([]);
        Gateways = [.. Enumerable.Range(0, gateways).Select(_ => newGateway?.Invoke() ?? new TransitionGateway())];
    }

    public DateTimeOffset Now { get; private set; } = Start;

    public RingHistory History { get; private set; }

    public ImmutableArray<TransitionGateway> Gateways { get; private set; }

    public IReadOnlyCollection<ulong> Destinations => _weights.Keys;

    public int FlowCount => _flows.Count;

    /// <summary>What meets the bucket of every flow between any two of its packets, also between its SYN and what follows. For <see cref="FloodedGateway"/>s.</summary>
    public TransitionFlood Flood { get; set; }

    /// <summary>Flows that a move between gateways, or the loss of a gateway's records, has broken; each is gone afterwards.</summary>
    public int Broken { get; private set; }

    /// <summary>Flows that came to a gateway without their record.</summary>
    public int Moved { get; private set; }

    /// <summary>Publishes another set of destinations. Who leaves drains for so many ticks; 0 means that it is dead.</summary>
    public void Publish(IEnumerable<ulong> destinations, int drainTicks)
    {
        SortedSet<ulong> next = [.. destinations];
        ulong[] added = [.. next.Except(_weights.Keys)];
        ulong[] removed = [.. _weights.Keys.Except(next)];
        WeightedTarget[] before = [.. removed.Select(target => new WeightedTarget(target, _weights[target]))];
        foreach (ulong target in removed.Where(_ => drainTicks > 0))
        {
            _draining[target] = Now.AddSeconds(drainTicks);
        }

        foreach (ulong target in added)
        {
            _draining.Remove(target);
        }

        foreach (ulong target in removed)
        {
            _weights.Remove(target);
        }

        foreach (ulong target in added)
        {
            _weights.Add(target, WeightedTarget.DefaultWeight);
        }

        Change([.. added], [.. before]);
    }

    /// <summary>Gives a destination another weight; nothing where it is none.</summary>
    public void Weigh(ulong target, byte weight)
    {
        if (_weights.TryGetValue(target, out byte before) && before != weight)
        {
            _weights[target] = weight;
            Change([new WeightedTarget(target, weight)], [new WeightedTarget(target, before)]);
        }
    }

    /// <summary>The target dies, whether it takes new flows or drains.</summary>
    public void Kill(ulong target)
    {
        _draining.Remove(target);
        Publish(_weights.Keys.Where(other => other != target), drainTicks: 0);
    }

    /// <summary>Lets time pass. Gateways follow every window and drain that ends; every flow sends a packet.</summary>
    /// <returns>What went wrong, or null.</returns>
    public string? Advance(int ticks, bool quiet = false)
    {
        DateTimeOffset end = Now.AddSeconds(ticks);
        while (History.NextEventAfter(Now) is { } next && next <= end)
        {
            Now = next;
            Follow(quiet);
        }

        Now = end;
        Follow(quiet);
        return SendAll();
    }

    /// <summary>Opens TCP flows with a SYN, UDP flows with any packet.</summary>
    public string? Open(int count)
    {
        List<Func<ulong, ulong>> counting = Counting();
        for (int i = 0; i < count; i++)
        {
            Flow flow = new((ulong)_random.NextInt64() << 1, _random.Next(2) == 0) { Gateway = _random.Next(Gateways.Length) };
            int unrecorded = Gateways[flow.Gateway].Unrecorded;
            flow.Target = Gateways[flow.Gateway].Send(flow.Hash, isSyn: flow.IsTcp);
            if (flow.Target == 0 || !History.IsAlive(flow.Target, Now))
            {
                continue;
            }

            // Where there is no place to record a flow that starts, it belongs where it goes without a record.
            if (flow.IsTcp && !Gateways[flow.Gateway].IsDown && _weights.GetValueOrDefault(flow.Target) == 0 && Gateways[flow.Gateway].Unrecorded == unrecorded)
            {
                return $"a SYN went to {flow.Target}, which takes no new flows";
            }

            flow.HasHadOneOwner = counting.TrueForAll(ownerOf => ownerOf(flow.Hash) == flow.Target);
            _flows.Add(flow);
        }

        return Gateways[0] is FloodedGateway ? SendAll() : null;
    }

    /// <summary>An agent is killed and started again: nothing of the data path is lost.</summary>
    public void RestartAgent(int gateway)
    {
        Gateways = Gateways.SetItem(gateway, Gateways[gateway].Restarted());
        Gateways[gateway].Follow(History, _generation, Now, quiet: false);
    }

    /// <summary>A machine is started again: its ring is computed anew, its records are lost.</summary>
    /// <returns>What went wrong that must not, or null.</returns>
    public string? Reboot(int gateway)
    {
        Gateways = Gateways.SetItem(gateway, new TransitionGateway());
        Gateways[gateway].Follow(History, _generation, Now, quiet: false);
        return Arrive(_flows.Where(flow => flow.Gateway == gateway));
    }

    /// <summary>ECMP sends every so many'th flow to another gateway.</summary>
    /// <returns>What went wrong that must not, or null.</returns>
    public string? MoveFlows(int every)
    {
        Flow[] moving = [.. _flows.Where((_, i) => i % every == 0)];
        foreach (Flow flow in moving)
        {
            flow.Gateway = (flow.Gateway + 1) % Gateways.Length;
        }

        return Arrive(moving);
    }

    /// <summary>The history as a gateway reads it that starts now: unpruned, in another order.</summary>
    public RingHistory HistoryOfALateComer()
    {
        TargetChange[] changes = [.. _allChanges];
        _random.Shuffle(changes);
        return new RingHistory(Weighted().Reverse(), changes, Draining());
    }

    private void Change(ImmutableArray<WeightedTarget> added, ImmutableArray<WeightedTarget> removed)
    {
        NoteOwners();
        _changes.RemoveAll(change => change.Until <= Now);
        TargetChange change = new(++_generation, Now.AddSeconds(Window), added, removed) { Since = Now };
        _changes.Add(change);
        _allChanges.Add(change);
        Follow(quiet: false);
    }

    private IEnumerable<WeightedTarget> Weighted() => _weights.Select(entry => new WeightedTarget(entry.Key, entry.Value));

    /// <summary>Flows send a packet to a gateway that may not know them. One whose slot has had one owner (<see cref="Flow.HasHadOneOwner"/>) must stay where it is.</summary>
    private string? Arrive(IEnumerable<Flow> flows)
    {
        foreach (Flow flow in flows.ToArray())
        {
            Moved++;
            ulong target = Gateways[flow.Gateway].Send(flow.Hash, isSyn: false);
            if (target == flow.Target)
            {
                continue;
            }

            if (flow.HasHadOneOwner)
            {
                return $"flow {flow.Hash:x16}, whose slot has always been {flow.Target}'s, was sent to {target} in generation {_generation}";
            }

            Broken++;
            _flows.Remove(flow);
        }

        return null;
    }

    private void NoteOwners()
    {
        Func<ulong, ulong> ownerOf = OwnersIn(new RingHistory(Weighted()).SetsAt(Now)[^1]);
        foreach (Flow flow in _flows.Where(flow => flow.HasHadOneOwner))
        {
            flow.HasHadOneOwner = ownerOf(flow.Hash) == flow.Target;
        }
    }

    /// <summary>The owners of slots in each set whose window lasts, the present one included.</summary>
    private List<Func<ulong, ulong>> Counting()
    {
        List<Func<ulong, ulong>> sets = [];
        foreach (TargetSet set in History.SetsAt(Now))
        {
            sets.Add(OwnersIn(set));
        }

        return sets;
    }

    /// <summary>The owner of a flow's slot in a set of targets; 0 for none.</summary>
    private static Func<ulong, ulong> OwnersIn(TargetSet set)
    {
        if (set.Targets.IsEmpty)
        {
            return static _ => 0;
        }

        int log2 = set.SizeLog2;
        ushort[] ring = new ushort[1 << log2];
        MaglevRing.Build(set.Targets.AsSpan(), set.Weights.AsSpan(), ring);
        return hash => set.Targets[ring[hash >> (64 - log2)]];
    }

    private IEnumerable<DrainingTarget> Draining() => _draining.Select(entry => new DrainingTarget(entry.Key, entry.Value));

    private void Follow(bool quiet)
    {
        History = new RingHistory(Weighted(), _changes, Draining());
        _flows.RemoveAll(flow => !History.IsAlive(flow.Target, Now));
        foreach (TransitionGateway gateway in Gateways.Where(gateway => !gateway.IsDown))
        {
            gateway.Follow(History, _generation, Now, quiet);
        }
    }

    private string? SendAll()
    {
        foreach (Flow flow in _flows)
        {
            (Gateways[flow.Gateway] as FloodedGateway)?.Flood(flow.Hash, Flood, 12, _random);
            ulong target = Gateways[flow.Gateway].Send(flow.Hash, isSyn: false);
            if (target != flow.Target)
            {
                return $"flow {flow.Hash:x16} of living target {flow.Target} was sent to {target} in generation {_generation}";
            }
        }

        return null;
    }

    private sealed record Flow(ulong Hash, bool IsTcp)
    {
        public int Gateway { get; set; }

        /// <summary>Every set of targets since it opened, and those before whose window lasted then, has given its slot to its target.</summary>
        public bool HasHadOneOwner { get; set; }

        public ulong Target { get; set; }
    }
}
