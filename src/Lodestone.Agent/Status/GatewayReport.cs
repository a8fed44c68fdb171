using System.Collections.Immutable;
using Lodestone.Agent.Announce.Layer2;
using Lodestone.Agent.Desired;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Tables;

namespace Lodestone.Agent.Status;

/// <summary>What this machine has to say of each load balancer, from one state. Pure.</summary>
internal sealed class GatewayReport
{
    /// <summary>Problems with which a load balancer, or a change of it, is not in the data path. Others only say what a user may want to know.</summary>
    private static readonly ImmutableHashSet<string> Serious =
    [
        Reasons.VipConflict, Reasons.PortInvalid, Reasons.AddressInvalid, Reasons.RoutingForeign, Reasons.RoutingInvalid, Reasons.RoutingIncomplete,
        Reasons.TooManyTargets, Reasons.CapacityExceeded,
    ];

    private readonly string _hostName;
    private readonly Dictionary<string, LoadBalancerModel> _models = new(StringComparer.Ordinal);
    private readonly Dictionary<ObjectKey, Problem> _failures = [];
    private readonly Dictionary<ObjectKey, Problem> _remarks = [];
    private readonly Dictionary<string, string> _contests = new(StringComparer.Ordinal);
    private readonly ILookup<string, string> _programmed;
    private readonly ILookup<string, ulong> _fingerprints;
    private readonly HashSet<string> _late;

    public GatewayReport(AgentState state, string hostName)
    {
        _hostName = hostName;
        foreach (LoadBalancerModel model in state.Desired.LoadBalancers)
        {
            _models[model.Uid] = model;
        }

        foreach (Problem problem in state.Applied.Problems.Concat(state.Desired.Problems))
        {
            if (problem.Kind == "LoadBalancer")
            {
                (Serious.Contains(problem.Reason) ? _failures : _remarks).TryAdd(problem.Key, problem);
            }
        }

        foreach (VipModel vip in state.Contested.IsEmpty ? [] : state.Desired.Vips)
        {
            if (!vip.IsInternal && state.Contested.TryGetValue(vip.Address, out ContestedVip contest))
            {
                _contests.TryAdd(vip.LoadBalancerUid, Describe(vip, contest));
            }
        }

        _programmed = state.Desired.Vips
            .Where(vip => state.Applied.Programmed.Contains(vip.Key))
            .ToLookup(vip => vip.LoadBalancerUid, vip => vip.Address.ToString(), StringComparer.Ordinal);
        _fingerprints = state.Desired.Vips
            .Where(vip => state.Fingerprints.ContainsKey(vip.Key))
            .ToLookup(vip => vip.LoadBalancerUid, vip => state.Fingerprints[vip.Key], StringComparer.Ordinal);
        _late = state.Applied.Late.IsEmpty
            ? []
            : state.Desired.Vips.Where(vip => state.Applied.Late.Contains(vip.Key)).Select(vip => vip.LoadBalancerUid).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>The entry that the load balancer's status should have of this gateway; null: none, it holds nothing of it.</summary>
    /// <param name="lb">The load balancer.</param>
    /// <param name="held">The entry it has.</param>
    public LoadBalancerGateway? EntryFor(LoadBalancer lb, LoadBalancerGateway? held)
    {
        if (!_models.TryGetValue(lb.Metadata.Uid ?? "", out LoadBalancerModel? model))
        {
            return null;
        }

        if (_failures.TryGetValue(model.Key, out Problem? failure))
        {
            // What did not fit left the data path as it was.
            return Entry(model, LoadBalancerGatewayStates.Failed, failure.Reason, failure.Message, held?.RingGeneration);
        }

        if (_contests.TryGetValue(model.Uid, out string? contested))
        {
            return Entry(model, LoadBalancerGatewayStates.Programmed, Reasons.AddressContested, contested, model.RingGeneration);
        }

        string vips = string.Join(", ", _programmed[model.Uid].Distinct());
        string message = _remarks.TryGetValue(model.Key, out Problem? remark) ? $"{vips}; {remark.Message}" : vips;
        if (_late.Contains(model.Uid))
        {
            message += "; heard of a change of targets after its window, so its flows stay where they are for a window of its own";
        }

        return Entry(model, LoadBalancerGatewayStates.Programmed, Reasons.Programmed, message, model.RingGeneration);
    }

    private static string Describe(VipModel vip, ContestedVip contest)
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

    /// <summary>What is in the maps, also where it is not what is wanted. None where a ring rightly differs from other gateways'.</summary>
    private string? FingerprintOf(LoadBalancerModel model)
    {
        if (_late.Contains(model.Uid))
        {
            return null;
        }

        ulong[] vips = [.. _fingerprints[model.Uid]];
        return vips.Length == 0 ? null : TableFingerprint.ToText(TableFingerprint.OfAll(vips));
    }
}
