using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Trace;

/// <summary>The VIP a packet is for.</summary>
/// <param name="Address">The address.</param>
/// <param name="Id">Its number in the counters.</param>
/// <param name="IsAnnounced">Whether this machine answers ARP, NDP and ping for it.</param>
/// <param name="AcceptsAllPorts">Whether every port of TCP, UDP and SCTP is accepted.</param>
/// <param name="Ports">The accepted ranges otherwise.</param>
/// <param name="Flags">What else its entry says: what slots go by, and whether pings are dropped.</param>
/// <param name="ClientMask">What of a client's address counts, where slots go by that.</param>
public sealed record VipExplanation(DatapathAddress Address, uint Id, bool IsAnnounced, bool AcceptsAllPorts, IReadOnlyList<PortRange> Ports, VipFlags Flags, DatapathAddress ClientMask);
