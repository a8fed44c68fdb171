namespace Lodestone.Controllers.LoadBalancers;

/// <summary>Why a gateway that should have a load balancer in its data path does not count.</summary>
/// <param name="Reason">One CamelCase word.</param>
/// <param name="Message">For a person; names the gateway's Host.</param>
internal readonly record struct GatewayGap(string Reason, string Message);
