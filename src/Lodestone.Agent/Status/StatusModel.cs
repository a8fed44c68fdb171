using System.Collections.Immutable;
using Lodestone.Agent.Desired;
using Lodestone.Api.Networking;

namespace Lodestone.Agent.Status;

/// <summary>What statuses should say. Pure.</summary>
internal static class StatusModel
{
    /// <summary>Condition type of a LoadBalancer: its VIPs are in the data path of the gateway that announces them.</summary>
    public const string Programmed = "Programmed";

    /// <summary>Condition type of a NetworkInterface.</summary>
    public const string Bound = "Bound";

    /// <summary>Problems with which a load balancer, or a change of it, is not in the data path. Others only say what a user may want to know.</summary>
    private static readonly ImmutableHashSet<string> Serious =
    [
        Reasons.Deleting, Reasons.NoAddress, Reasons.VipConflict, Reasons.PortInvalid, Reasons.AddressInvalid,
        Reasons.RoutingForeign, Reasons.RoutingInvalid, Reasons.RoutingIncomplete, Reasons.TooManyTargets, Reasons.CapacityExceeded,
    ];

    /// <summary>Whether a load balancer that this gateway announces is programmed, and why not.</summary>
    public static (bool IsTrue, string Reason, string Message) ProgrammedOf(LoadBalancer lb, AgentState state, string hostName)
    {
        foreach (Problem problem in state.Applied.Problems.Concat(state.Desired.Problems))
        {
            if (problem.Kind == "LoadBalancer" && problem.Key == lb.Key && Serious.Contains(problem.Reason))
            {
                return (false, problem.Reason, problem.Message);
            }
        }

        string[] vips = [.. state.Desired.Vips
            .Where(vip => vip.LoadBalancerUid == lb.Metadata.Uid && state.Applied.Programmed.Contains(vip.Address))
            .Select(vip => vip.Address.ToString())];
        Problem? remark = state.Desired.Problems.FirstOrDefault(problem => problem.Kind == "LoadBalancer" && problem.Key == lb.Key);
        return (true, Reasons.Programmed, $"{string.Join(", ", vips)} on {hostName}{(remark is null ? "" : $"; {remark.Message}")}");
    }

    /// <summary>State, reason and message of a network interface of this machine.</summary>
    public static (string State, string Reason, string Message) NicOf(NicModel nic, AgentState state) =>
        nic.Device is { } device && state.AttachFailures.TryGetValue(device.Index, out string? failure)
            ? (NicStates.Error, Reasons.AttachFailed, failure)
            : (nic.State, nic.Reason, nic.Message);

    /// <summary>The addresses a network interface has: those of its spec, once it is bound.</summary>
    public static List<string>? AddressesOf(NicModel nic) =>
        nic.Device is null || nic.Addresses.IsEmpty ? null : [.. nic.Addresses.Select(address => address.ToString())];
}
