using System.Net;

using Lodestone.Linux.Namespaces;

namespace Lodestone.Linux.Netlink;

/// <summary>Finds the Ethernet address behind an IP address by letting the kernel ask.</summary>
public static class NeighbourResolver
{
    /// <summary>Resolves an address on a link.</summary>
    /// <param name="networkNamespace">The namespace; null for the calling thread's.</param>
    /// <param name="linkIndex">The link to ask on.</param>
    /// <param name="address">An address on that link: the destination, or the router from <see cref="RtNetlink.TryLookUpRoute"/>.</param>
    /// <param name="keepFresh">Have the kernel renew the entry from then on.</param>
    /// <param name="cancellationToken">Bounds the wait; the kernel itself gives up after some 3 seconds.</param>
    /// <returns>The entry, or null when nobody answered.</returns>
    /// <exception cref="LinuxException">No such link, it is down, or the privilege is missing.</exception>
    public static async Task<NeighbourInfo?> ResolveAsync(
        NetworkNamespace? networkNamespace,
        int linkIndex,
        IPAddress address,
        bool keepFresh,
        CancellationToken cancellationToken)
    {
        // Listening starts before asking, so the answer is either in the table that is read first or in a change after it.
        using NeighbourMonitor monitor = NeighbourMonitor.Open(networkNamespace);
        using (RtNetlink netlink = RtNetlink.Open(networkNamespace))
        {
            if (netlink.TryGetNeighbour(linkIndex, address, out NeighbourInfo? known) && known.State == NeighbourStates.Failed)
            {
                netlink.DeleteNeighbour(linkIndex, address);
            }

            netlink.StartResolving(linkIndex, address, keepFresh);
        }

        await foreach (NetlinkChange<NeighbourInfo> change in monitor.WatchAsync(cancellationToken).ConfigureAwait(false))
        {
            NeighbourInfo neighbour = change.Item;
            if (neighbour.LinkIndex != linkIndex || !neighbour.Address.Equals(address) || change.Kind == ChangeKind.Removed)
            {
                continue;
            }

            if (neighbour.IsUsable)
            {
                return neighbour;
            }

            if (neighbour.State == NeighbourStates.Failed)
            {
                return null;
            }
        }

        return null;
    }
}
