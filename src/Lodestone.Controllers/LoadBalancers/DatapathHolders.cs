using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Controllers.Hosts;

namespace Lodestone.Controllers.LoadBalancers;

/// <summary>Which gateways may still have a load balancer's addresses in their data path. Pure.</summary>
/// <param name="Names">Names of their Hosts, sorted.</param>
/// <param name="Lapsed">Those of them whose agent is out of reach.</param>
/// <param name="RetryAfter">When the first of those no longer counts; null: there are none.</param>
internal sealed record DatapathHolders(IReadOnlyList<string> Names, IReadOnlyList<string> Lapsed, TimeSpan? RetryAfter)
{
    /// <summary>Decides. A gateway counts while its entry is there, unless its Host is gone, or its Lease lapsed longer ago than the quarantine.</summary>
    /// <param name="lb">The load balancer.</param>
    /// <param name="find">Finds a Host; null: it doesn't exist.</param>
    /// <param name="quarantine">How long a machine that is out of reach may still answer for an address.</param>
    /// <param name="now">The time.</param>
    internal static DatapathHolders Of(LoadBalancer lb, Func<string, Host?> find, TimeSpan quarantine, DateTimeOffset now)
    {
        var names = new List<string>();
        var lapsed = new List<string>();
        TimeSpan? retryAfter = null;
        foreach (LoadBalancerGateway entry in (lb.Status?.Gateways ?? []).OrderBy(g => g.Name, StringComparer.Ordinal))
        {
            if (find(entry.Name) is not { } host)
            {
                continue;
            }

            if (host.Status?.Conditions.Of("Ready") is { Status: "False", Reason: HostController.LeaseExpired } ready)
            {
                // Times have whole seconds: a second more, so that none is let go too early.
                TimeSpan left = (ready.LastTransitionTime ?? now) + quarantine + TimeSpan.FromSeconds(1) - now;
                if (left <= TimeSpan.Zero)
                {
                    continue;
                }

                lapsed.Add(entry.Name);
                retryAfter = retryAfter < left ? retryAfter : left;
            }

            names.Add(entry.Name);
        }

        return new DatapathHolders(names, lapsed, retryAfter);
    }
}
