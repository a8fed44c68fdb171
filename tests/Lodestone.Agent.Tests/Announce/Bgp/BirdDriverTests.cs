using Lodestone.Agent.Announce.Bgp;
using Lodestone.Agent.Announce.Bgp.Bird;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Lodestone.Agent.Tests.Announce.Bgp;

/// <summary>BIRD as a driver.</summary>
public sealed class BirdDriverTests : BgpDriverTests
{
    /// <summary>BIRD dies: the router has the session back, once, when it is started again. (Its routes went: BIRD can't say that forwarding goes on.)</summary>
    [Fact]
    public async Task Apply_DaemonThatDied_IsStartedAgain()
    {
        RequireDaemons();
        CancellationToken token = Limit();
        await using BgpWire wire = await CreateWireAsync(hasBfd: true, token);
        using IBgpDriver driver = CreateDriver(wire);
        try
        {
            BgpConfig config = Config(Neighbor() with { Bfd = Bfd });
            await WaitForSessionAsync(wire, driver, config, 1, token);
            Kill(wire, "bird");
            await WaitForSessionAsync(wire, driver, config, 2, token);
            await WaitForPathAsync(wire, "ipv4", Vip4, token);
        }
        finally
        {
            await StopAsync(wire);
        }
    }

    private protected override bool IsInstalled => File.Exists("/usr/sbin/bird");

    private protected override IBgpDriver CreateDriver(BgpWire wire) =>
        new BirdDriver(wire.StateDirectory, wire.GatewayNamespace.Start, NullLogger.Instance, TimeProvider.System);
}
