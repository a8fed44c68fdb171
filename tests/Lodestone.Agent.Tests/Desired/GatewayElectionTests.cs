using Lodestone.Agent.Desired;
using Xunit;

namespace Lodestone.Agent.Tests.Desired;

public sealed class GatewayElectionTests
{
    private const int LoadBalancers = 1_000;

    private static readonly string[] Uids = [.. Enumerable.Range(0, LoadBalancers).Select(i => $"0b1f5a3e-{i:x8}-4c1d")];

    public static TheoryData<int> Counts => [.. Enumerable.Range(1, 16)];

    [Theory]
    [MemberData(nameof(Counts))]
    public void Elect_AnyNumberOfGateways_SpreadsEvenly(int gateways)
    {
        Dictionary<string, int> shares = ElectAll(Names(gateways)).CountBy(winner => winner).ToDictionary();

        // Balls into bins: the mean is m, the deviation at most its root; four of those are all but impossible.
        double mean = (double)LoadBalancers / gateways;
        Assert.Equal(gateways, shares.Count);
        Assert.All(shares.Values, share => Assert.InRange(share, mean - (4 * Math.Sqrt(mean)), mean + (4 * Math.Sqrt(mean))));
    }

    [Theory]
    [MemberData(nameof(Counts))]
    public void Elect_GatewayLeavesOrJoins_OnlyItsOwnMove(int gateways)
    {
        string[] names = Names(gateways);
        string[] winners = ElectAll(names);
        string[] withOneMore = ElectAll([.. names, "joins"]);
        for (int i = 0; i < LoadBalancers; i++)
        {
            Assert.True(withOneMore[i] == winners[i] || withOneMore[i] == "joins");
        }

        foreach (string left in gateways == 1 ? [] : names)
        {
            string[] without = ElectAll([.. names.Where(name => name != left)]);
            for (int i = 0; i < LoadBalancers; i++)
            {
                Assert.Equal(winners[i] != left, without[i] == winners[i]);
            }
        }
    }

    [Fact]
    public void Elect_AnyOrder_IsTheSameGateway()
    {
        string[] names = Names(16);
        Assert.Equal(ElectAll(names), ElectAll([.. names.Reverse()]));
        Assert.Null(GatewayElection.Elect([], Uids[0]));
    }

    private static string[] Names(int count) => [.. Enumerable.Range(0, count).Select(i => $"gateway-{i}")];

    private static string[] ElectAll(string[] gateways) => [.. Uids.Select(uid => GatewayElection.Elect(gateways, uid)!)];
}
