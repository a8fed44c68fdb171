namespace Lodestone.Cli.Simulate.Report;

/// <summary>What watches carry on account of one thing.</summary>
/// <param name="Cause">What happened.</param>
/// <param name="Writes">Writes to the API that it leads to, as controllers and agents make them.</param>
/// <param name="GatewayBytes">Bytes of events to each gateway.</param>
/// <param name="HypervisorBytes">Bytes of events to each hypervisor.</param>
/// <param name="ControllerBytes">Bytes of events to each process of controllers.</param>
/// <param name="ServerBytes">Bytes that the API server sends in all, with two such processes.</param>
internal sealed record WatchTraffic(string Cause, double Writes, double GatewayBytes, double HypervisorBytes, double ControllerBytes, double ServerBytes);
