namespace Lodestone.Cli.Simulate.Report;

/// <summary>What ECMP over gateways does to flows when one comes or goes. Shares are of all flows.</summary>
/// <param name="Gateways">Gateways before.</param>
/// <param name="Targets">Targets of the load balancer.</param>
/// <param name="Change">What happens to a gateway.</param>
/// <param name="Router">How the router picks: <c>resilient</c> moves what it has to, <c>modulo</c> picks anew for all.</param>
/// <param name="When">Whether targets have changed lately: <c>stable</c>, <c>in the window</c> of one target more, <c>after the window</c>.</param>
/// <param name="Flows">Flows, half of them opened after targets changed.</param>
/// <param name="Landed">Flows that come to another gateway.</param>
/// <param name="Fewest">The share that has to.</param>
/// <param name="Broken">Flows that then go to another target.</param>
internal sealed record GatewayChangeResult(int Gateways, int Targets, string Change, string Router, string When, int Flows, double Landed, double Fewest, double Broken);
