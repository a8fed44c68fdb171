using System.IO.Hashing;
using System.Numerics;
using System.Text;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;

namespace Lodestone.Controllers.Routing;

/// <summary>How a plan is laid out in objects: all of it in the routing, or, beyond a budget, in slices that the routing lists. Pure.</summary>
/// <remarks>
/// A target's slice is a hash of its UID, so one that comes or goes changes one slice. A slice is never changed: one of other content
/// gets another name, and the routing lists that instead. Whoever reads the routing finds what belongs to it, whatever else is being
/// written. The number of slices changes only when they have become much too large or too small.
/// </remarks>
internal sealed class RoutingLayout
{
    /// <summary>Destinations that the routing itself keeps beside slices, for readers that know none.</summary>
    internal const int ShownDestinations = 100;

    /// <summary>Slices are a power of two, up to this.</summary>
    internal const int MaxSlices = 256;

    /// <summary>A slice takes about this part of the budget.</summary>
    private const int SlicesPerBudget = 16;

    internal RoutingLayout(RoutingPlan plan)
    {
        Destinations = plan.Destinations;
        History = plan.History;
        Draining = plan.Draining;
    }

    /// <summary>The destinations the routing keeps.</summary>
    internal IReadOnlyList<LoadBalancerDestination> Destinations { get; private init; }

    /// <summary>The history the routing keeps; with slices, without its members.</summary>
    internal IReadOnlyList<RingChange> History { get; private init; }

    /// <summary>Who drains, as far as the routing tells.</summary>
    internal IReadOnlyList<LoadBalancerDraining> Draining { get; private init; }

    /// <summary>How many destinations there are; null without slices.</summary>
    internal long? Total { get; private init; }

    /// <summary>The slices that the routing lists.</summary>
    internal IReadOnlyList<RoutingSliceRef> Slices { get; private init; } = [];

    /// <summary>Those of them that have to be written first.</summary>
    internal IReadOnlyList<LoadBalancerRoutingSlice> NewSlices { get; private init; } = [];

    /// <summary>Lays a plan out.</summary>
    /// <param name="plan">What is to be said.</param>
    /// <param name="routing">The routing as it is.</param>
    /// <param name="known">Its slices that exist and are as it lists them, by name.</param>
    /// <param name="budgetBytes">How large a routing may become before it is sliced; below three quarters of it, it is one object again.</param>
    /// <param name="newName">Makes the name of a slice, which nothing else ever has, from its number.</param>
    internal static RoutingLayout Of(
        RoutingPlan plan, LoadBalancerRouting routing, IReadOnlyDictionary<string, LoadBalancerRoutingSlice> known, long budgetBytes, Func<int, string> newName)
    {
        long bytes = RoutingSize.Of(plan);
        int present = routing.Slices?.Count ?? 0;
        if (bytes <= (present > 0 ? budgetBytes * 3 / 4 : budgetBytes))
        {
            return new RoutingLayout(plan);
        }

        int count = Count(bytes, Math.Max(budgetBytes / SlicesPerBudget, 1), present);
        LoadBalancerRoutingSlice[] slices = Split(plan, count);
        var listed = new List<RoutingSliceRef>(count);
        var created = new List<LoadBalancerRoutingSlice>();
        for (int i = 0; i < count; i++)
        {
            if (present == count && known.TryGetValue(routing.Slices![i].Name, out LoadBalancerRoutingSlice? old) && RoutingComparison.Same(old, slices[i]))
            {
                listed.Add(routing.Slices[i]);
                continue;
            }

            slices[i].Metadata = new ObjectMeta { Namespace = routing.Metadata.Namespace, Name = newName(i) };
            listed.Add(new RoutingSliceRef { Name = slices[i].Metadata.Name!, Fingerprint = RoutingFingerprint.Of(slices[i]) });
            created.Add(slices[i]);
        }

        return new RoutingLayout(plan)
        {
            Destinations = [.. plan.Destinations.Take(ShownDestinations)],
            History = [.. plan.History.Select(h => new RingChange { Generation = h.Generation, Since = h.Since, Until = h.Until, UdpUntil = h.UdpUntil, KeyBefore = h.KeyBefore })],
            Draining = [],
            Total = plan.Destinations.Count,
            Slices = listed,
            NewSlices = created,
        };
    }

    /// <summary>Which of so many slices, a power of two, holds a target.</summary>
    internal static int SliceOf(Member member, int count)
    {
        ulong hash = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(member.Uid.Length > 0 ? member.Uid : member.Ip));

        // The top bits: twice as many slices each hold a half of one.
        return (int)((UInt128)hash * (uint)count >> 64);
    }

    private static int Count(long bytes, long sliceBytes, int present)
    {
        bool isGoodEnough = present > 1 && BitOperations.IsPow2(present) && present <= MaxSlices
            && bytes / present <= sliceBytes * 2 && bytes / present >= sliceBytes / 4;
        long wanted = (bytes + sliceBytes - 1) / sliceBytes;
        return isGoodEnough ? present : (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(wanted, 2, MaxSlices));
    }

    private static LoadBalancerRoutingSlice[] Split(RoutingPlan plan, int count)
    {
        var slices = new LoadBalancerRoutingSlice[count];
        for (int i = 0; i < count; i++)
        {
            slices[i] = new LoadBalancerRoutingSlice();
        }

        foreach (LoadBalancerDestination destination in plan.Destinations)
        {
            (slices[SliceOf(Member.Of(destination), count)].Destinations ??= []).Add(destination);
        }

        foreach (LoadBalancerDraining draining in plan.Draining)
        {
            (slices[SliceOf(Member.Of(draining), count)].Draining ??= []).Add(draining);
        }

        foreach (RingChange change in plan.History)
        {
            foreach (RingMember member in change.Added ?? [])
            {
                (MembersOf(slices[SliceOf(Member.Of(member), count)], change.Generation).Added ??= []).Add(member);
            }

            foreach (RingMember member in change.Removed ?? [])
            {
                (MembersOf(slices[SliceOf(Member.Of(member), count)], change.Generation).Removed ??= []).Add(member);
            }
        }

        return slices;
    }

    private static RingMembers MembersOf(LoadBalancerRoutingSlice slice, long generation)
    {
        List<RingMembers> history = slice.RingHistory ??= [];
        if (history.Count == 0 || history[^1].Generation != generation)
        {
            history.Add(new RingMembers { Generation = generation });
        }

        return history[^1];
    }
}
