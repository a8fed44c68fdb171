using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;

namespace Lodestone.Agent.Desired;

/// <summary>What a load balancer and its routing say, or said when they could last be read.</summary>
/// <param name="Addresses">Its addresses, each once.</param>
/// <param name="Ports">Its ports; null where they cannot be read: a VIP that was there keeps its own.</param>
/// <param name="Routing">Its routing.</param>
/// <param name="Last">The VIPs that it had.</param>
internal sealed record LoadBalancerReading(List<DatapathAddress> Addresses, PortRules? Ports, RoutingModel Routing, List<VipModel> Last);
