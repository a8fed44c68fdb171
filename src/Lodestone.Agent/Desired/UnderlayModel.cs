using System.Net;

namespace Lodestone.Agent.Desired;

/// <summary>How this machine takes part in the underlay.</summary>
/// <param name="Uplink">The device that XDP is attached to.</param>
/// <param name="Address">The address other machines reach this one at: the outer source of what it encapsulates.</param>
/// <param name="Prefix">The /64 out of which the underlay addresses of its NICs are derived.</param>
public sealed record UnderlayModel(LocalDevice Uplink, IPAddress Address, IPNetwork Prefix);
