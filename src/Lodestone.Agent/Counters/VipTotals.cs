using Lodestone.Api.Meta;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Counters;

/// <summary>Counters of a VIP since it has been served, over all CPUs.</summary>
/// <param name="Network">VNI of the network whose workloads it is served to; 0 is the public network.</param>
/// <param name="Address">The VIP.</param>
/// <param name="LoadBalancer">Whose it is.</param>
/// <param name="Totals">Packets, bytes, and flows recorded and pinned by the flow table.</param>
public sealed record VipTotals(uint Network, DatapathAddress Address, ObjectKey LoadBalancer, VipCounter Totals);
