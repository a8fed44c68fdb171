using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;

namespace Lodestone.Controllers.LoadBalancers;

/// <summary>
/// The condition GatewaysAgree: whether gateways that have the same generations of a load balancer have the same table. Pure: only what it is
/// given decides.
/// </summary>
/// <param name="Agree">The condition; null: it stays as it is.</param>
/// <param name="Generation">The load balancer's generation that the condition speaks of.</param>
/// <param name="IsAnyDifferent">Whether gateways differ, for however short a time.</param>
/// <param name="RetryAfter">When a difference has lasted long enough to be told; null: there is none, or it has.</param>
internal sealed record GatewayAgreement(Finding? Agree, long? Generation, bool IsAnyDifferent, TimeSpan? RetryAfter)
{
    internal const string TablesDiffer = "TablesDiffer";
    internal const string TablesEqual = "TablesEqual";

    /// <summary>Decides.</summary>
    /// <param name="lb">The load balancer.</param>
    /// <param name="gateways">All Hosts with role Gateway.</param>
    /// <param name="patience">How much longer a difference between two gateways may be one of moments; zero: no longer.</param>
    internal static GatewayAgreement Of(LoadBalancer lb, IEnumerable<Host> gateways, Func<LoadBalancerGateway, LoadBalancerGateway, TimeSpan> patience)
    {
        // The table of a machine whose agent is out of reach stands still, which Programmed tells.
        LoadBalancerGateway[] reports =
        [
            .. from host in gateways
               where !host.IsBeingDeleted && host.Status?.Conditions.IsTrue("Ready") == true
               let entry = lb.Status?.Gateways?.Find(g => g.Name == host.Metadata.Name)
               where entry is { State: LoadBalancerGatewayStates.Programmed, TableFingerprint: not null }
               orderby entry.Name
               select entry,
        ];
        var generations = reports.GroupBy(entry => (entry.ObservedGeneration, entry.RingGeneration)).ToList();
        TimeSpan? retryAfter = null;
        bool isAnyDifferent = false;
        foreach (IGrouping<(long? ObservedGeneration, long? RingGeneration), LoadBalancerGateway> same in generations)
        {
            // Who differs from most is named beside the first of them.
            LoadBalancerGateway[][] tables = [.. same.GroupBy(entry => entry.TableFingerprint).Select(g => g.ToArray()).OrderByDescending(g => g.Length)];
            foreach (LoadBalancerGateway other in tables.Skip(1).SelectMany(table => table))
            {
                isAnyDifferent = true;
                TimeSpan left = patience(tables[0][0], other);
                if (left <= TimeSpan.Zero)
                {
                    return new GatewayAgreement(Difference(tables[0][0], other), same.Key.ObservedGeneration, true, null);
                }

                retryAfter = retryAfter < left ? retryAfter : left;
            }
        }

        // While one is behind it can't be told whether it will agree.
        bool canTell = generations.Count <= 1 && !isAnyDifferent;
        Condition? before = lb.Status?.Conditions.Of(LoadBalancerConditions.GatewaysAgree);
        return canTell && before is { Status: not "True" }
            ? new GatewayAgreement(new Finding(true, TablesEqual, "gateways of the same generation have the same table again"), lb.Metadata.Generation, false, null)
            : new GatewayAgreement(null, null, isAnyDifferent, retryAfter);
    }

    private static Finding Difference(LoadBalancerGateway one, LoadBalancerGateway other) => new(
        false,
        TablesDiffer,
        $"Host {one.Name} has table {one.TableFingerprint} and Host {other.Name} {other.TableFingerprint}, both at ring generation {one.RingGeneration ?? 0}:"
        + " flows that move between them may break; compare their agents' clocks, versions and flow hash keys, then restart the agent of the one that is wrong (docs/operations/gateways.md)");
}
