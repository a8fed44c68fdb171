using System.Net;

namespace Lodestone.Linux.Netlink;

public sealed partial class RtNetlink
{
    /// <summary>The addresses of one link, or of all.</summary>
    /// <param name="linkIndex">The link; null for all.</param>
    public IReadOnlyList<AddressInfo> GetAddresses(int? linkIndex = null) =>
        _socket.Dump(
            NetlinkRequest.Create(RtnlConstants.GetAddress, 0, new AddressHeader { Index = linkIndex ?? 0 }),
            "list addresses",
            message => AddressInfo.Parse(message) is { } address && (linkIndex is null || address.LinkIndex == linkIndex) ? address : null);

    /// <summary>Gives a link an address, usable at once (no duplicate address detection). Does nothing when it is there.</summary>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public void AddAddress(int linkIndex, IPAddress address, int prefixLength)
    {
        ArgumentNullException.ThrowIfNull(address);
        NetlinkRequest request = AddressRequest(RtnlConstants.NewAddress, RtnlConstants.FlagCreate | RtnlConstants.FlagReplace, linkIndex, address, prefixLength)
            .Add(RtnlConstants.AddressFlags, RtnlConstants.NoDuplicateDetection);
        _socket.Execute(request, $"add {address}/{prefixLength} to link {linkIndex}");
    }

    /// <summary>Takes an address from a link.</summary>
    /// <exception cref="NetlinkException">It is not there, or the kernel refused.</exception>
    public void DeleteAddress(int linkIndex, IPAddress address, int prefixLength)
    {
        ArgumentNullException.ThrowIfNull(address);
        _socket.Execute(
            AddressRequest(RtnlConstants.DeleteAddress, 0, linkIndex, address, prefixLength),
            $"delete {address}/{prefixLength} from link {linkIndex}");
    }

    private static NetlinkRequest AddressRequest(ushort type, ushort flags, int linkIndex, IPAddress address, int prefixLength)
    {
        var header = new AddressHeader
        {
            Family = FamilyOf(address),
            PrefixLength = (byte)prefixLength,
            Index = linkIndex,
        };
        return NetlinkRequest.Create(type, flags, header).Add(RtnlConstants.AddressLocal, address).Add(RtnlConstants.AddressAddress, address);
    }
}
