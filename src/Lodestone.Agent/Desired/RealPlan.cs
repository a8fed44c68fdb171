using System.Collections.Immutable;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Desired;

/// <summary>Finds the targets that may be reached in another way than before, or no longer, and resolves them.</summary>
/// <param name="changes">What differs from the last state; null: everything.</param>
/// <param name="ways">The ways to targets.</param>
/// <param name="vips">All VIPs.</param>
/// <param name="reals">Their targets; follow the changes.</param>
/// <param name="problems">What is said of them; follows, too.</param>
internal sealed class RealPlan(PlanChanges? changes, Ways ways, VipSet vips, RealSet reals, ProblemSet problems)
{
    /// <summary>The reals in order.</summary>
    /// <param name="last">Those of the last state.</param>
    /// <param name="changedVips">VIPs that are others than in the last state.</param>
    public ImmutableArray<RealModel> After(ImmutableArray<RealModel> last, IReadOnlyList<VipChange> changedVips)
    {
        Follow(changedVips);
        Touch(changedVips);
        return changes is not null
            ? reals.Resolve(last, last, Resolve, problems)
            : PlanOrder.OrLast(last, reals.Resolve([], last, Resolve, problems));
    }

    /// <summary>Takes up which VIPs have which targets.</summary>
    private void Follow(IReadOnlyList<VipChange> changedVips)
    {
        foreach ((VipKey key, VipModel? old, VipModel? current) in changedVips)
        {
            foreach (ulong target in old is { Ring: not null } ? old.Alive : [])
            {
                reals.Remove(target, key, old!.Routing.Encapsulation);
            }

            foreach (ulong target in current is { Ring: not null } ? current.Alive : [])
            {
                reals.Add(target, key, current!.Routing.Encapsulation);
            }
        }
    }

    /// <summary>Says which of the other targets may be reached in another way.</summary>
    private void Touch(IReadOnlyList<VipChange> changedVips)
    {
        if (!ways.HasSameSite)
        {
            reals.TouchAll();
            return;
        }

        if (ways.MayBeOthers)
        {
            reals.TouchWhere(ways.MayBeAnother);
        }

        // Packets to a machine whose address is a VIP would come back.
        foreach (VipKey key in changedVips.Select(change => change.Key))
        {
            if (key.Network == VipKey.PublicNetwork)
            {
                reals.Touch(LocalBindings.TargetOf(key.Address.ToIPAddress()));
            }
        }

        foreach ((NetworkInterface? old, NetworkInterface? current) in changes!.NetworkInterfaces)
        {
            reals.TouchInterface(old?.Metadata.Uid ?? "");
            reals.TouchInterface(current?.Metadata.Uid ?? "");
        }
    }

    private (RealModel Real, bool IsByNumber, Problem? Problem) Resolve(ulong id, RealPart part)
    {
        VipModel vip = vips.Find(part.Deciding)!;
        TargetModel target = vip.Routing.Targets[id];
        Encapsulation encapsulation = vip.Routing.Encapsulation;
        RealModel way = ways.To(target, encapsulation, out string? reason);
        bool isByNumber = target.Plain is null && way.Form != RealKind.Encap && way.Kind is not (RealKind.Peer or RealKind.Device);
        if (target.Plain is { } plain && vips.Find(new VipKey(VipKey.PublicNetwork, DatapathAddress.From(plain))) is { } served)
        {
            way = new RealModel(id, RealKind.None, 0, 0, default, default, null);
            reason = $"{plain} is a VIP of load balancer {served.LoadBalancer}: packets would come back";
        }

        Problem? problem = reason is not null ? new Problem("LoadBalancer", vip.LoadBalancer, Reasons.TargetUnreachable, reason)
            : way.Form != RealKind.None && part.Dissenting is { } other ? Dissent(vip, vips.Find(other)!, target)
            : null;
        return (way, isByNumber, problem);
    }

    private static Problem Dissent(VipModel deciding, VipModel other, TargetModel target)
    {
        string form = Encapsulations.NameOf(deciding.Routing.Encapsulation), wanted = Encapsulations.NameOf(other.Routing.Encapsulation);
        return new Problem(
            "LoadBalancer",
            other.LoadBalancer,
            Reasons.EncapsulationConflict,
            $"target {target.Uid} is reached by {form}, as {deciding.Address} of load balancer {deciding.LoadBalancer} has it, not by {wanted}: a target has one form; let both policies name the same");
    }
}
