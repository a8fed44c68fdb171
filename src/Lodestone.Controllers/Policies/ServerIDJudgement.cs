using Lodestone.Api.Networking;
using Lodestone.Controllers.LoadBalancers;
using IPAddress = System.Net.IPAddress;

namespace Lodestone.Controllers.Policies;

/// <summary>Whether connection IDs tell the targets of a routing apart. Pure.</summary>
internal static class ServerIDJudgement
{
    /// <summary>How many pairs a message names.</summary>
    private const int Named = 3;

    /// <summary>The finding; null where nothing goes by connection IDs.</summary>
    /// <remarks>Of a routing in slices only the targets that it names itself are compared.</remarks>
    internal static Finding? Judge(LoadBalancerRouting? routing)
    {
        if (routing?.Policy?.Quic is not { } quic || quic.ServerIDLength is < 1 or > QuicServerID.MaxLength)
        {
            return null;
        }

        IReadOnlyList<(IPAddress First, IPAddress Second)> shared = QuicServerID.Shared(TargetsOf(routing), quic.ServerIDLength);
        return shared.Count == 0
            ? new Finding(true, "Unique", $"the last {quic.ServerIDLength} bytes of its address tell every target from the others")
            : new Finding(
                false,
                "Shared",
                $"the last {quic.ServerIDLength} bytes are the same of {string.Join(", of ", shared.Take(Named).Select(pair => $"{pair.First} and {pair.Second}"))}"
                + $"{(shared.Count > Named ? $" and of {shared.Count - Named} more pairs" : "")}: their QUIC connections go by the ring; raise quic.serverIDLength, or give them other addresses");
    }

    private static IEnumerable<(string Uid, IPAddress Address)> TargetsOf(LoadBalancerRouting routing)
    {
        foreach (LoadBalancerDestination target in routing.Destinations ?? [])
        {
            if (IPFamily.TryParseAddress(target.Ip, out IPAddress? address))
            {
                yield return (target.TargetRef?.Uid ?? target.Uid ?? "", address);
            }
        }

        foreach (LoadBalancerDraining target in routing.Draining ?? [])
        {
            if (IPFamily.TryParseAddress(target.Ip, out IPAddress? address))
            {
                yield return (target.TargetRef?.Uid ?? target.Uid ?? "", address);
            }
        }
    }
}
