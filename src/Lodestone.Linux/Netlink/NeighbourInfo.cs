using System.Net;

namespace Lodestone.Linux.Netlink;

/// <summary>An entry of the ARP or neighbour discovery cache.</summary>
/// <param name="LinkIndex">The link it is on.</param>
/// <param name="Address">Its IP address.</param>
/// <param name="LinkAddress">Its Ethernet address; null while it is not known.</param>
/// <param name="State">What the kernel knows.</param>
public sealed record NeighbourInfo(int LinkIndex, IPAddress Address, MacAddress? LinkAddress, NeighbourStates State)
{
    /// <summary>Whether <see cref="LinkAddress"/> is there and good to send to.</summary>
    public bool IsUsable => LinkAddress is not null
        && (State & (NeighbourStates.Reachable | NeighbourStates.Stale | NeighbourStates.Delay | NeighbourStates.Probe | NeighbourStates.NoArp | NeighbourStates.Permanent)) != 0;

    internal static NeighbourInfo? Parse(NetlinkMessage message)
    {
        if (message.Type is not (RtnlConstants.NewNeighbour or RtnlConstants.DeleteNeighbour))
        {
            return null;
        }

        IPAddress? address = null;
        MacAddress? linkAddress = null;
        NetlinkAttributes attributes = message.Attributes<NeighbourHeader>();
        while (attributes.Read())
        {
            if (attributes.Type == RtnlConstants.NeighbourDestination)
            {
                address = attributes.AsAddress;
            }
            else if (attributes.Type == RtnlConstants.NeighbourLinkAddress && attributes.Value.Length == MacAddress.Length)
            {
                linkAddress = new MacAddress(attributes.Value);
            }
        }

        // Without an IP address it is a forwarding entry of a bridge.
        NeighbourHeader header = message.Header<NeighbourHeader>();
        return address is null ? null : new NeighbourInfo(header.Index, address, linkAddress, (NeighbourStates)header.State);
    }
}
