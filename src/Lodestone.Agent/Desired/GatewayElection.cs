using System.IO.Hashing;
using System.Text;

namespace Lodestone.Agent.Desired;

/// <summary>Which of several gateways announces the VIPs of a load balancer: rendezvous hashing (Thaler and Ravishankar, 1998).</summary>
/// <remarks>
/// Every gateway computes the same winner; when one leaves, only the VIPs it announced move. All VIPs of a load balancer have one
/// announcer.
/// </remarks>
internal static class GatewayElection
{
    /// <summary>The gateway that announces, or null without any.</summary>
    /// <param name="gateways">Names of the gateways that are ready. Their order does not matter.</param>
    /// <param name="loadBalancerUid">UID of the load balancer.</param>
    public static string? Elect(IEnumerable<string> gateways, string loadBalancerUid)
    {
        string? winner = null;
        ulong best = 0;
        foreach (string gateway in gateways)
        {
            ulong score = XxHash64.HashToUInt64(Encoding.UTF8.GetBytes($"{gateway}|{loadBalancerUid}"));
            if (winner is null || score > best || (score == best && string.CompareOrdinal(gateway, winner) < 0))
            {
                winner = gateway;
                best = score;
            }
        }

        return winner;
    }
}
