using Lodestone.Agent.Announce.Bgp;
using Xunit;

using static Lodestone.Agent.Tests.Announce.Bgp.BgpSamples;

namespace Lodestone.Agent.Tests.Announce.Bgp;

/// <summary>BIRD as a driver.</summary>
public sealed class BirdDriverTests() : BgpDriverTests(BgpDriverChoice.Bird)
{
    /// <summary>BIRD dies: the router has the session back, once, when it is started again. (Its routes went: BIRD can't say that forwarding goes on.)</summary>
    [Fact]
    public async Task Apply_DaemonThatDied_IsStartedAgain()
    {
        await using BgpWire wire = await BgpWire.CreateAsync(BgpDriverChoice.Bird, BgpWire.Gateway4, RouterBfd);
        BgpConfig config = ConfigOf(Neighbor with { Bfd = Bfd });
        await wire.WaitForSessionAsync(config, 1);
        await wire.KillAsync("bird");
        await wire.WaitForSessionAsync(config, 2);
        await wire.WaitForPathAsync(Vip4);
    }
}
