using Lodestone.Agent.Announce.Bgp;
using Lodestone.Agent.Announce.Bgp.Bird;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lodestone.Agent.Tests.Announce.Bgp;

/// <summary>BIRD as a driver.</summary>
public sealed class BirdDriverTests : BgpDriverTests
{
    private protected override bool IsInstalled => File.Exists("/usr/sbin/bird");

    private protected override IBgpDriver CreateDriver(BgpWire wire) =>
        new BirdDriver(wire.StateDirectory, wire.GatewayNamespace.Start, NullLogger.Instance, TimeProvider.System);
}
