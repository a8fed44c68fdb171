using System.Collections.Immutable;
using System.Net;
using System.Runtime.InteropServices;
using Lodestone.Datapath.Hashing;

namespace Lodestone.Agent.Desired;

/// <summary>The targets of the VIPs that this machine serves. Not thread-safe.</summary>
/// <remarks>Whoever finds that one may be another says so (<see cref="Touch"/>); then all of these are resolved, and nothing else.</remarks>
internal sealed class RealSet
{
    private readonly Dictionary<ulong, RealPart> _parts = [];

    /// <summary>Those that other network interfaces matter to, by number.</summary>
    private readonly SortedSet<(uint Number, ulong Target)> _byNumber = [];

    /// <summary>How many are reached by an address.</summary>
    private readonly Dictionary<IPAddress, int> _ways = [];
    private readonly HashSet<ulong> _touched = [];

    /// <summary>A VIP has a target, and chooses how it is reached, or not (<see cref="Encapsulation.Auto"/>).</summary>
    public void Add(ulong target, VipKey vip, Encapsulation encapsulation)
    {
        _touched.Add(target);
        ref RealPart? part = ref CollectionsMarshal.GetValueRefOrAddDefault(_parts, target, out _);
        if (part is null)
        {
            part = new RealPart(vip);
        }
        else if (part.IsWanted)
        {
            part.Add(vip);
        }
        else
        {
            part.Begin(vip);
        }

        part.Choose(vip, encapsulation);
    }

    /// <summary>A VIP no longer has a target.</summary>
    public void Remove(ulong target, VipKey vip, Encapsulation encapsulation)
    {
        _touched.Add(target);
        RealPart part = _parts[target];
        part.Remove(vip);
        if (encapsulation != Encapsulation.Auto)
        {
            part.Choose(vip, Encapsulation.Auto);
        }
    }

    /// <summary>What a target resolves to may be something else.</summary>
    public void Touch(ulong target)
    {
        if (_parts.ContainsKey(target))
        {
            _touched.Add(target);
        }
    }

    /// <summary>So it may for a network interface, and for those that it shares its number with.</summary>
    public void TouchInterface(string uid)
    {
        if (uid.Length == 0)
        {
            return;
        }

        ulong target = TargetHash.Of(uid);
        Touch(target);
        if (_byNumber.Count > 0)
        {
            uint number = NicNumber.Of(target);
            _touched.UnionWith(_byNumber.GetViewBetween((number, 0), (number, ulong.MaxValue)).Select(shared => shared.Target));
        }
    }

    /// <summary>So it may for those that are reached in some way.</summary>
    public void TouchWhere(Func<RealModel, bool> isTouched) =>
        _touched.UnionWith(_parts.Where(part => part.Value.Real is { } real && isTouched(real)).Select(part => part.Key));

    /// <summary>So it may for all.</summary>
    public void TouchAll() => _touched.UnionWith(_parts.Keys);

    /// <summary>Resolves what was touched; returns all reals in order.</summary>
    /// <param name="last">What this returned last; empty the first time.</param>
    /// <param name="known">Instances to take for what is new here and says the same.</param>
    /// <param name="resolve">Finds a real, and what there is to say of it, by its target and who has it.</param>
    /// <param name="problems">What is said of reals.</param>
    public ImmutableArray<RealModel> Resolve(
        ImmutableArray<RealModel> last, ImmutableArray<RealModel> known, Func<ulong, RealPart, (RealModel Real, bool IsByNumber, Problem? Problem)> resolve, ProblemSet problems)
    {
        List<(ulong Target, RealModel? Real)> changes = new(_touched.Count);
        foreach (ulong target in _touched)
        {
            RealPart part = _parts[target];
            if (part.Problem is { } problem)
            {
                problems.Remove(problem);
            }

            if (!part.IsWanted)
            {
                Count(part.Real, -1);
                _byNumber.Remove((NicNumber.Of(target), target));
                _parts.Remove(target);
                changes.Add((target, null));
                continue;
            }

            (RealModel real, bool isByNumber, part.Problem) = resolve(target, part);
            if (part.Problem is { } found)
            {
                problems.Add(found);
            }

            if (isByNumber != part.IsByNumber)
            {
                _ = isByNumber ? _byNumber.Add((NicNumber.Of(target), target)) : _byNumber.Remove((NicNumber.Of(target), target));
                part.IsByNumber = isByNumber;
            }

            // One that says the same is the same.
            if (part.Real is null)
            {
                int at = PlanOrder.Find(known, target, other => other.Target, Comparer<ulong>.Default);
                part.Real = at >= 0 && known[at] == real ? known[at] : real;
                Count(real, 1);
            }
            else if (part.Real != real)
            {
                Count(part.Real, -1);
                Count(real, 1);
                part.Real = real;
            }

            changes.Add((target, part.Real));
        }

        _touched.Clear();
        return changes.Count == 0 ? last : PlanOrder.Spliced(last, changes, real => real.Target, Comparer<ulong>.Default);
    }

    /// <summary>The addresses that reals are reached by; the same set as last time where they are the same.</summary>
    /// <param name="last">What this returned last.</param>
    public ImmutableHashSet<IPAddress> Ways(ImmutableHashSet<IPAddress> last) => last.Count == _ways.Count && _ways.Keys.All(last.Contains) ? last : [.. _ways.Keys];

    private void Count(RealModel? real, int by)
    {
        if (real?.Via is not { } via)
        {
            return;
        }

        int count = _ways.GetValueOrDefault(via) + by;
        if (count == 0)
        {
            _ways.Remove(via);
        }
        else
        {
            _ways[via] = count;
        }
    }
}
