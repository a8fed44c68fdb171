using System.Collections.Immutable;
using Lodestone.Agent.Announce.Layer2;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Tables;

namespace Lodestone.Agent.Status;

/// <summary>What this machine has to say of each load balancer, from one state. Pure.</summary>
internal sealed class GatewayReport
{
    private const string Kind = "LoadBalancer";

    /// <summary>Problems with which a load balancer, or a change of it, is not in the data path. Others only say what a user may want to know.</summary>
    private static readonly ImmutableHashSet<string> Serious =
    [
        Reasons.VipConflict, Reasons.PortInvalid, Reasons.AddressInvalid, Reasons.RoutingForeign, Reasons.RoutingInvalid, Reasons.RoutingIncomplete,
        Reasons.TooManyTargets, Reasons.CapacityExceeded,
    ];

    private readonly AgentState _state;
    private readonly string _hostName;
    private readonly IReadOnlyCollection<VipKey> _made;
    private readonly ILookup<ObjectKey, Problem> _refused;

    /// <param name="state">The state.</param>
    /// <param name="hostName">This machine.</param>
    /// <param name="made">VIPs of which something else may be in the data path than when this was last reported; null: those that were looked at for the state.</param>
    public GatewayReport(AgentState state, string hostName, IReadOnlyCollection<VipKey>? made = null)
    {
        (_state, _hostName, _made) = (state, hostName, made ?? state.Applied.Made);
        _refused = state.Applied.Problems.Where(problem => problem.Kind == Kind).ToLookup(problem => problem.Key);
    }

    /// <summary>What it is made from.</summary>
    public AgentState State => _state;

    /// <summary>The entry that the load balancer's status should have of this gateway; null: none, it holds nothing of it.</summary>
    /// <param name="lb">The load balancer.</param>
    /// <param name="held">The entry it has.</param>
    public LoadBalancerGateway? EntryFor(LoadBalancer lb, LoadBalancerGateway? held)
    {
        int at = PlanOrder.Find(_state.Desired.LoadBalancers, lb.Metadata.Uid ?? "", model => model.Uid, StringComparer.Ordinal);
        if (at < 0)
        {
            return null;
        }

        LoadBalancerModel model = _state.Desired.LoadBalancers[at];
        Problem[] problems = [.. _refused[model.Key], .. ProblemsOf(model.Key)];
        if (Array.Find(problems, problem => Serious.Contains(problem.Reason)) is { } failure)
        {
            // What did not fit left the data path as it was.
            return Entry(model, LoadBalancerGatewayStates.Failed, failure.Reason, failure.Message, held?.RingGeneration);
        }

        foreach (VipKey vip in _state.Contested.IsEmpty ? [] : model.Vips)
        {
            if (vip.Network == 0 && _state.Contested.TryGetValue(vip.Address, out ContestedVip contest))
            {
                return Entry(model, LoadBalancerGatewayStates.Programmed, Reasons.AddressContested, Describe(vip, contest), model.RingGeneration);
            }
        }

        string vips = string.Join(", ", model.Vips.Where(_state.Applied.Programmed.Contains).Select(vip => vip.Address.ToString()).Distinct());
        string message = problems.Length > 0 ? $"{vips}; {problems[0].Message}" : vips;
        if (IsLate(model))
        {
            message += "; heard of a change of targets after its window, so its flows stay where they are for a window of its own";
        }

        return Entry(model, LoadBalancerGatewayStates.Programmed, Reasons.Programmed, message, model.RingGeneration);
    }

    /// <summary>The load balancers of which something else may be said than from an earlier state, as far as that isn't their own doing; null: all.</summary>
    public HashSet<ObjectKey>? ChangedSince(AgentState earlier)
    {
        if (!ReferenceEquals(earlier.Contested, _state.Contested))
        {
            return null;
        }

        Difference<LoadBalancerModel> models = Difference<LoadBalancerModel>.Between(earlier.Desired.LoadBalancers, _state.Desired.LoadBalancers);
        Difference<Problem> problems = Difference<Problem>.Between(earlier.Desired.Problems, _state.Desired.Problems);
        HashSet<Problem> refused = [.. earlier.Applied.Problems];
        refused.SymmetricExceptWith(_state.Applied.Problems);
        HashSet<ObjectKey> keys =
        [
            .. models.Gone.Concat(models.Come).Select(model => model.Key),
            .. problems.Gone.Concat(problems.Come).Concat(refused).Select(problem => problem.Key),
        ];
        foreach (VipKey made in _made)
        {
            int at = PlanOrder.Find(_state.Desired.Vips, made, vip => vip.Key, LayoutOrder.Instance);
            if (at >= 0)
            {
                keys.Add(_state.Desired.Vips[at].LoadBalancer);
            }
        }

        return keys;
    }

    private IEnumerable<Problem> ProblemsOf(ObjectKey loadBalancer)
    {
        ImmutableArray<Problem> all = _state.Desired.Problems;
        int from = PlanOrder.Search(all, 0, new Problem(Kind, loadBalancer, "", ""), problem => problem, ProblemOrder.Instance);
        for (int i = from; i < all.Length && all[i].Kind == Kind && all[i].Key == loadBalancer; i++)
        {
            yield return all[i];
        }
    }

    private static string Describe(VipKey vip, ContestedVip contest)
    {
        string who = contest.IsGateway ? "the gateway" : "somebody";
        string what = contest.IsHeldBack
            ? "had it before, so it is not announced"
            : "claims it too, so some clients may send there";
        string remedy = contest.IsGateway
            ? "see whether both agents reach the API server"
            : "find that machine and take the address from it, or from the AddressPool";
        return $"{who} at {contest.By} on {contest.Device} {what}: {vip.Address}; {remedy}";
    }

    /// <summary>Whether two entries say the same.</summary>
    public static bool Same(LoadBalancerGateway? one, LoadBalancerGateway? other) =>
        one is null || other is null
            ? one is null && other is null
            : one.Name == other.Name
            && one.State == other.State
            && one.Reason == other.Reason
            && one.Message == other.Message
            && one.ObservedGeneration == other.ObservedGeneration
            && one.RingGeneration == other.RingGeneration
            && one.TableFingerprint == other.TableFingerprint;

    private LoadBalancerGateway Entry(LoadBalancerModel model, string state, string reason, string message, long? ringGeneration) => new()
    {
        Name = _hostName,
        State = state,
        Reason = reason,
        Message = message,
        ObservedGeneration = model.Generation,
        RingGeneration = ringGeneration,
        TableFingerprint = FingerprintOf(model),
    };

    private bool IsLate(LoadBalancerModel model) => !_state.Applied.Late.IsEmpty && model.Vips.Any(_state.Applied.Late.Contains);

    /// <summary>What is in the maps, also where it is not what is wanted. None where a ring rightly differs from other gateways'.</summary>
    private string? FingerprintOf(LoadBalancerModel model)
    {
        if (IsLate(model))
        {
            return null;
        }

        ulong[] vips = [.. model.Vips.Where(_state.Fingerprints.ContainsKey).Select(vip => _state.Fingerprints[vip])];
        return vips.Length == 0 ? null : TableFingerprint.ToText(TableFingerprint.OfAll(vips));
    }
}
