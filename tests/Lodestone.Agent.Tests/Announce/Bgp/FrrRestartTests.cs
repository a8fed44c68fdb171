using Lodestone.Agent.Announce.Bgp;
using Xunit;

using static Lodestone.Agent.Tests.Announce.Bgp.BgpSamples;

namespace Lodestone.Agent.Tests.Announce.Bgp;

/// <summary>FRR that is started again. A class of its own, as <see cref="FrrBfdTests"/>: these tests wait a lot, and classes run at the same time.</summary>
public sealed class FrrRestartTests
{
    /// <summary>FRR dies, all of it or bgpd: the router keeps its routes (graceful restart), and has the session back, once, when FRR is started again.</summary>
    [Theory]
    [InlineData(false, "bgpd")]
    [InlineData(true, "bgpd")]
    [InlineData(true, "bgpd", "bfdd", "zebra")]
    public async Task Apply_DaemonsThatDied_AreStartedAgainAndRoutesStay(bool hasBfd, params string[] killed)
    {
        await using BgpWire wire = await BgpWire.CreateAsync(BgpDriverChoice.Frr, BgpWire.Gateway4, hasBfd ? [RouterBfd] : []);
        BgpConfig config = ConfigOf(Neighbor with { Bfd = hasBfd ? Bfd : null });
        await wire.WaitForSessionAsync(config, 1);
        await wire.KillAsync(killed);
        TestPoll.Until(() => !wire.Driver.IsRunning, "bgpd to end");
        await wire.WaitForSessionAsync(config, 2, async () => Assert.NotNull(await wire.FindPathAsync(Vip4)));
        Assert.Equal(2, (await wire.StateAsync())!.PrefixesAnnounced);
    }
}
