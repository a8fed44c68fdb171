using System.Net;
using System.Net.Sockets;

namespace Lodestone.Agent.Desired;

/// <summary>How this machine takes part in the underlay.</summary>
/// <param name="Uplink">The device that XDP is attached to.</param>
/// <param name="Address">The address other machines reach this one at: the outer source of what it encapsulates. IPv6 where there is one.</param>
/// <param name="Prefix">The /64 out of which the underlay addresses of its NICs are derived.</param>
public sealed record UnderlayModel(LocalDevice Uplink, IPAddress Address, IPNetwork Prefix)
{
    /// <summary>The device that programs are attached to: under a VLAN's device the one it is on, else the uplink.</summary>
    public uint AttachIndex { get; init; } = Uplink.Index;

    /// <summary>VLAN id of the frames that are served there, outer | inner &lt;&lt; 16; 0: untagged ones.</summary>
    public uint Vlans { get; init; }

    /// <summary>Likewise, of the other family; null where there is none.</summary>
    public IPAddress? OtherAddress { get; init; }

    /// <summary>The address of a family; null where there is none.</summary>
    public IPAddress? AddressOf(AddressFamily family) =>
        Address.AddressFamily == family ? Address : OtherAddress?.AddressFamily == family ? OtherAddress : null;
}
