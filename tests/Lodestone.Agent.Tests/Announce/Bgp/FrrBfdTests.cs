using Lodestone.Agent.Announce.Bgp;
using Xunit;

using static Lodestone.Agent.Tests.Announce.Bgp.BgpSamples;

namespace Lodestone.Agent.Tests.Announce.Bgp;

/// <summary>BFD beside sessions of FRR.</summary>
public sealed class FrrBfdTests
{
    /// <summary>BFD where there was none, or with other intervals, ends no session; and it goes where it is not wanted any more.</summary>
    [Fact]
    public async Task Apply_OtherBfd_LeavesTheSession()
    {
        await using BgpWire wire = await BgpWire.CreateAsync(BgpDriverChoice.Frr, BgpWire.Gateway4, RouterBfd);
        await wire.WaitForSessionAsync(ConfigOf(Neighbor), 1);
        Assert.Null((await wire.StateAsync())!.Bfd);
        foreach (BfdTiming timing in (BfdTiming[])[Bfd, new BfdTiming(200, 250, 4)])
        {
            long start = TimeProvider.System.GetTimestamp();
            await wire.WaitForSessionAsync(ConfigOf(Neighbor with { Bfd = timing }), 1);
            TestContext.Current.SendDiagnosticMessage($"BFD is up as {timing} after {TimeProvider.System.GetElapsedTime(start).TotalMilliseconds:0} ms");
            Assert.Equal(timing, (await wire.StateAsync())!.Bfd);
        }

        await wire.Driver.ApplyAsync(ConfigOf(Neighbor), wire.Token);
        Assert.Null((await wire.StateAsync())!.Bfd);
    }

    /// <summary>BFD loses the router long before the hold time would end; when the path is back so is the session, once.</summary>
    [Fact]
    public async Task Session_OverAPathThatIsLost_EndsByBfdAndComesBackOnce()
    {
        await using BgpWire wire = await BgpWire.CreateAsync(BgpDriverChoice.Frr, BgpWire.Gateway4, RouterBfd);
        BgpConfig config = ConfigOf(Neighbor with { Bfd = Bfd, HoldTimeSeconds = 60, KeepaliveSeconds = 20 });
        await wire.WaitForSessionAsync(config, 1);
        long start = TimeProvider.System.GetTimestamp();
        wire.SetHeard(false);
        await wire.WaitAsync(async () => await wire.FindPathAsync(Vip4) is null, () => Task.FromResult("the router still has the route"));
        TestContext.Current.SendDiagnosticMessage($"BFD took {TimeProvider.System.GetElapsedTime(start).TotalMilliseconds:0} ms (5 x 300 ms)");
        await wire.WaitAsync(
            async () =>
            {
                await wire.Driver.ApplyAsync(config, wire.Token);
                return await wire.StateAsync() is { IsEstablished: false, Failure: BgpFailure.BfdDown, Bfd: null };
            },
            async () => $"{await wire.StateAsync()}");
        wire.SetHeard(true);
        await wire.WaitForSessionAsync(config, 2);
    }
}
