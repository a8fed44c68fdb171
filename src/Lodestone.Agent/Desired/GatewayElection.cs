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
    private const int StackBytes = 256;

    /// <summary>The gateway that announces, or null without any.</summary>
    /// <param name="gateways">Names of the gateways that are ready. Their order does not matter.</param>
    /// <param name="loadBalancerUid">UID of the load balancer.</param>
    public static string? Elect(IEnumerable<string> gateways, string loadBalancerUid)
    {
        string? winner = null;
        ulong best = 0;
        foreach (string gateway in gateways)
        {
            ulong score = ScoreOf(gateway, loadBalancerUid);
            if (winner is null || score > best || (score == best && string.CompareOrdinal(gateway, winner) < 0))
            {
                winner = gateway;
                best = score;
            }
        }

        return winner;
    }

    private static ulong ScoreOf(string gateway, string loadBalancerUid)
    {
        int length = Encoding.UTF8.GetByteCount(gateway) + 1 + Encoding.UTF8.GetByteCount(loadBalancerUid);
        Span<byte> text = length <= StackBytes ? stackalloc byte[length] : new byte[length];
        int bar = Encoding.UTF8.GetBytes(gateway, text);
        text[bar] = (byte)'|';
        Encoding.UTF8.GetBytes(loadBalancerUid, text[(bar + 1)..]);
        return XxHash64.HashToUInt64(text);
    }
}
