using System.Net;
using Lodestone.Agent.Announce.Bgp;
using Lodestone.Datapath.Layout;
using Xunit;

using static Lodestone.Agent.Tests.Announce.Bgp.BgpSamples;

namespace Lodestone.Agent.Tests.Announce.Bgp;

/// <summary>FRR as a driver.</summary>
public sealed class FrrDriverTests() : BgpDriverTests(BgpDriverChoice.Frr)
{
    private const int Many = 10_000;

    /// <summary>At a device, without addresses (unnumbered): both families over the link-local ones.</summary>
    [Fact]
    public async Task Session_AtADevice_FindsTheRouter()
    {
        await using BgpWire wire = await BgpWire.CreateAsync(BgpDriverChoice.Frr, gateway: null);
        await wire.Driver.ApplyAsync(ConfigOf(Neighbor with { Address = null, Interface = BgpWire.Device }), wire.Token);
        await wire.WaitForPathAsync(Vip4);
        await wire.WaitForPathAsync(Vip6);
        Assert.Equal([BgpWire.Device], (await wire.Driver.ObserveAsync(wire.Token)).Keys);
    }

    /// <summary>One more of very many addresses is announced beside them; what both cost is told in a diagnostic message.</summary>
    [Fact]
    public async Task Apply_OneMoreOfTenThousandAddresses_IsAnnounced()
    {
        await using BgpWire wire = await BgpWire.CreateAsync(BgpDriverChoice.Frr, BgpWire.Gateway4);
        BgpConfig config = ConfigOf(Neighbor) with
        {
            Prefixes = [.. Enumerable.Range(0, Many).Select(i => DatapathAddress.From(new IPAddress([198, 18, (byte)(i >> 8), (byte)i])))],
        };
        long start = TimeProvider.System.GetTimestamp();
        await wire.Driver.ApplyAsync(config, wire.Token);
        TimeSpan all = TimeProvider.System.GetElapsedTime(start);
        await wire.WaitForStateAsync(state => state.PrefixesAnnounced == Many);

        start = TimeProvider.System.GetTimestamp();
        await wire.Driver.ApplyAsync(config with { Prefixes = config.Prefixes.Add(Vip4) }, wire.Token);
        TimeSpan one = TimeProvider.System.GetElapsedTime(start);
        await wire.WaitForPathAsync(Vip4);
        TestContext.Current.SendDiagnosticMessage($"{Many} addresses and the daemons' start: {all.TotalMilliseconds:0} ms; one more: {one.TotalMilliseconds:0.0} ms");
    }
}
