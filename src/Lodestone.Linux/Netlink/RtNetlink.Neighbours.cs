using System.Diagnostics.CodeAnalysis;
using System.Net;

using Lodestone.Linux.Interop;

namespace Lodestone.Linux.Netlink;

public sealed partial class RtNetlink
{
    /// <summary>The ARP and neighbour discovery cache of one link, or of all.</summary>
    /// <param name="linkIndex">The link; null for all.</param>
    public IReadOnlyList<NeighbourInfo> GetNeighbours(int? linkIndex = null) =>
        _socket.Dump(
            NetlinkRequest.Create(RtnlConstants.GetNeighbour, 0, default(NeighbourHeader)),
            "list neighbours",
            message => NeighbourInfo.Parse(message) is { } neighbour && (linkIndex is null || neighbour.LinkIndex == linkIndex) ? neighbour : null);

    /// <summary>The cache entry of an address, if there is one.</summary>
    public bool TryGetNeighbour(int linkIndex, IPAddress address, [NotNullWhen(true)] out NeighbourInfo? neighbour)
    {
        ArgumentNullException.ThrowIfNull(address);
        var header = new NeighbourHeader { Family = FamilyOf(address), Index = linkIndex };
        try
        {
            neighbour = _socket.Get(
                NetlinkRequest.Create(RtnlConstants.GetNeighbour, 0, header).Add(RtnlConstants.NeighbourDestination, address),
                $"look up neighbour {address} on link {linkIndex}",
                NeighbourInfo.Parse);
            return true;
        }
        catch (NetlinkException e) when (e.ErrorNumber is Errno.NoEntry)
        {
            neighbour = null;
            return false;
        }
    }

    /// <summary>Has the kernel resolve an address as if a packet were to be sent to it. The outcome shows in the cache; <see cref="NeighbourMonitor"/> tells when.</summary>
    /// <param name="linkIndex">The link to ask on.</param>
    /// <param name="address">The address on that link.</param>
    /// <param name="keepFresh">The kernel also renews the entry for as long as it exists (NTF_EXT_MANAGED, Linux 5.16).</param>
    /// <exception cref="NetlinkException">No such link, it is down, or the privilege is missing.</exception>
    public void StartResolving(int linkIndex, IPAddress address, bool keepFresh = false)
    {
        ArgumentNullException.ThrowIfNull(address);
        var header = new NeighbourHeader
        {
            Family = FamilyOf(address),
            Index = linkIndex,
            Flags = keepFresh ? (byte)0 : RtnlConstants.NeighbourUse,
        };
        NetlinkRequest request = NetlinkRequest.Create(RtnlConstants.NewNeighbour, RtnlConstants.FlagCreate | RtnlConstants.FlagReplace, header)
            .Add(RtnlConstants.NeighbourDestination, address);
        if (keepFresh)
        {
            _ = request.Add(RtnlConstants.NeighbourExtendedFlags, RtnlConstants.NeighbourManaged);
        }

        _socket.Execute(request, $"resolve {address} on link {linkIndex}");
    }

    /// <summary>Enters a neighbour by hand, for good.</summary>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public void AddNeighbour(int linkIndex, IPAddress address, MacAddress linkAddress)
    {
        ArgumentNullException.ThrowIfNull(address);
        var header = new NeighbourHeader { Family = FamilyOf(address), Index = linkIndex, State = (ushort)NeighbourStates.Permanent };
        _socket.Execute(
            NetlinkRequest.Create(RtnlConstants.NewNeighbour, RtnlConstants.FlagCreate | RtnlConstants.FlagReplace, header)
                .Add(RtnlConstants.NeighbourDestination, address)
                .Add(RtnlConstants.NeighbourLinkAddress, linkAddress.ToArray()),
            $"add neighbour {address} ({linkAddress}) on link {linkIndex}");
    }

    /// <summary>Removes a cache entry.</summary>
    /// <exception cref="NetlinkException">There is none, or the kernel refused.</exception>
    public void DeleteNeighbour(int linkIndex, IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var header = new NeighbourHeader { Family = FamilyOf(address), Index = linkIndex };
        _socket.Execute(
            NetlinkRequest.Create(RtnlConstants.DeleteNeighbour, 0, header).Add(RtnlConstants.NeighbourDestination, address),
            $"delete neighbour {address} on link {linkIndex}");
    }
}
