using System.Collections.Immutable;
using Lodestone.Datapath.Ring;

namespace Lodestone.Datapath.Tests.Ring;

/// <summary>A controller that changes one LoadBalancer's targets, gateways that follow, and a population of flows.</summary>
/// <remarks>Every flow sends at least two packets in a window and reaches one gateway: what the design promises to protect.</remarks>
internal sealed class TransitionWorld
{
    public const int Window = 100;

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly SortedSet<ulong> _destinations = [];
    private readonly List<TargetChange> _changes = [];
    private readonly List<TargetChange> _allChanges = [];
    private readonly Dictionary<ulong, DateTimeOffset> _draining = [];
    private readonly List<Flow> _flows = [];
    private readonly Random _random;
    private long _generation;

    public TransitionWorld(int seed, int gateways)
    {
        _random = new Random(seed);
        History = new RingHistory([]);
        Gateways = [.. Enumerable.Range(0, gateways).Select(_ => new TransitionGateway())];
    }

    public DateTimeOffset Now { get; private set; } = Start;

    public RingHistory History { get; private set; }

    public ImmutableArray<TransitionGateway> Gateways { get; }

    public IReadOnlyCollection<ulong> Destinations => _destinations;

    public int FlowCount => _flows.Count;

    /// <summary>Publishes another set of destinations. Who leaves drains for so many ticks; 0 means that it is dead.</summary>
    public void Publish(IEnumerable<ulong> destinations, int drainTicks)
    {
        SortedSet<ulong> next = [.. destinations];
        ImmutableArray<ulong> added = [.. next.Except(_destinations)];
        ImmutableArray<ulong> removed = [.. _destinations.Except(next)];
        foreach (ulong target in removed.Where(_ => drainTicks > 0))
        {
            _draining[target] = Now.AddSeconds(drainTicks);
        }

        foreach (ulong target in added)
        {
            _draining.Remove(target);
        }

        _destinations.Clear();
        _destinations.UnionWith(next);
        _changes.RemoveAll(change => change.Until <= Now);
        TargetChange change = new(++_generation, Now.AddSeconds(Window), added, removed);
        _changes.Add(change);
        _allChanges.Add(change);
        Follow(quiet: false);
    }

    /// <summary>The target dies, whether it takes new flows or drains.</summary>
    public void Kill(ulong target)
    {
        _draining.Remove(target);
        Publish(_destinations.Where(other => other != target), drainTicks: 0);
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
        for (int i = 0; i < count; i++)
        {
            Flow flow = new((ulong)_random.NextInt64() << 1, _random.Next(2) == 0, _random.Next(Gateways.Length));
            flow.Target = Gateways[flow.Gateway].Send(flow.Hash, isSyn: flow.IsTcp);
            if (flow.Target == 0)
            {
                continue;
            }

            if (flow.IsTcp && !_destinations.Contains(flow.Target))
            {
                return $"a SYN went to {flow.Target}, which takes no new flows";
            }

            _flows.Add(flow);
        }

        return null;
    }

    /// <summary>The history as a gateway reads it that starts now: unpruned, in another order.</summary>
    public RingHistory HistoryOfALateComer()
    {
        TargetChange[] changes = [.. _allChanges];
        _random.Shuffle(changes);
        return new RingHistory(_destinations.Reverse(), changes, Draining());
    }

    private IEnumerable<DrainingTarget> Draining() => _draining.Select(entry => new DrainingTarget(entry.Key, entry.Value));

    private void Follow(bool quiet)
    {
        History = new RingHistory(_destinations, _changes, Draining());
        _flows.RemoveAll(flow => !History.IsAlive(flow.Target, Now));
        foreach (TransitionGateway gateway in Gateways)
        {
            gateway.Follow(History, Now, quiet);
        }
    }

    private string? SendAll()
    {
        foreach (Flow flow in _flows)
        {
            ulong target = Gateways[flow.Gateway].Send(flow.Hash, isSyn: false);
            if (target != flow.Target)
            {
                return $"flow {flow.Hash:x16} of living target {flow.Target} was sent to {target} in generation {_generation}";
            }
        }

        return null;
    }

    private sealed record Flow(ulong Hash, bool IsTcp, int Gateway)
    {
        public ulong Target { get; set; }
    }
}
