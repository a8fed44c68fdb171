using Lodestone.Api.Networking;

namespace Lodestone.Controllers.LoadBalancers;

/// <summary>The condition AddressesUncontested: whether a gateway hears somebody else on its segment who claims an address of the load balancer. Pure.</summary>
internal static class AddressContest
{
    internal const string AddressContested = "AddressContested";
    internal const string AddressesFree = "AddressesFree";

    /// <summary>Decides; null: the condition stays as it is.</summary>
    internal static Finding? Of(LoadBalancerStatus status)
    {
        LoadBalancerGateway[] told = [.. (status.Gateways ?? []).Where(g => g.Reason == AddressContested).OrderBy(g => g.Name, StringComparer.Ordinal)];
        if (told.Length > 0)
        {
            return new Finding(false, AddressContested, string.Join("; ", told.Select(g => $"Host {g.Name}: {g.Message}")));
        }

        return status.Conditions.Of(LoadBalancerConditions.AddressesUncontested) is { Status: not "True" }
            ? new Finding(true, AddressesFree, "nobody else has claimed an address for some minutes")
            : null;
    }
}
