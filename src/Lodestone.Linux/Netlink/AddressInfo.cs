using System.Net;

namespace Lodestone.Linux.Netlink;

/// <summary>An address of a link.</summary>
/// <param name="LinkIndex">The link.</param>
/// <param name="Address">The address.</param>
/// <param name="PrefixLength">Bits of the network on the link.</param>
public sealed record AddressInfo(int LinkIndex, IPAddress Address, int PrefixLength)
{
    internal static AddressInfo? Parse(NetlinkMessage message)
    {
        if (message.Type is not (RtnlConstants.NewAddress or RtnlConstants.DeleteAddress))
        {
            return null;
        }

        // On a point-to-point link IFA_ADDRESS is the far end and IFA_LOCAL ours; IPv6 usually has the former alone.
        IPAddress? address = null;
        NetlinkAttributes attributes = message.Attributes<AddressHeader>();
        while (attributes.Read())
        {
            if (attributes.Type == RtnlConstants.AddressLocal || (attributes.Type == RtnlConstants.AddressAddress && address is null))
            {
                address = attributes.AsAddress;
            }
        }

        AddressHeader header = message.Header<AddressHeader>();
        return address is null ? null : new AddressInfo(header.Index, address, header.PrefixLength);
    }
}
