using System.IO.Hashing;
using System.Text;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Desired;

/// <summary>Which of several gateways announces a VIP: rendezvous hashing (Thaler and Ravishankar, 1998).</summary>
/// <remarks>Every gateway computes the same winner; when one leaves, only the VIPs it announced move.</remarks>
internal static class GatewayElection
{
    /// <summary>The gateway that announces the VIP, or null without any.</summary>
    /// <param name="gateways">Names of the gateways that are ready. Their order does not matter.</param>
    /// <param name="vip">The VIP.</param>
    public static string? Elect(IEnumerable<string> gateways, DatapathAddress vip)
    {
        string? winner = null;
        ulong best = 0;
        foreach (string gateway in gateways)
        {
            ulong score = XxHash64.HashToUInt64(Encoding.UTF8.GetBytes($"{gateway}|{vip}"));
            if (winner is null || score > best || (score == best && string.CompareOrdinal(gateway, winner) < 0))
            {
                winner = gateway;
                best = score;
            }
        }

        return winner;
    }
}
