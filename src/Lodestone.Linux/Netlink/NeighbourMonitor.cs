using System.Net;
using System.Net.Sockets;

using Lodestone.Linux.Namespaces;

namespace Lodestone.Linux.Netlink;

/// <summary>Follows the ARP and neighbour discovery cache of a namespace.</summary>
public sealed class NeighbourMonitor : IDisposable
{
    private readonly RtNetlink _netlink;
    private readonly TableWatcher<(int, IPAddress), NeighbourInfo> _watcher;

    private NeighbourMonitor(RtNetlink netlink, Socket subscription)
    {
        _netlink = netlink;
        _watcher = new TableWatcher<(int, IPAddress), NeighbourInfo>(
            subscription,
            RtnlConstants.DeleteNeighbour,
            NeighbourInfo.Parse,
            () => netlink.GetNeighbours(),
            neighbour => (neighbour.LinkIndex, neighbour.Address));
    }

    /// <summary>Starts to listen: what happens from now on will be told.</summary>
    /// <param name="networkNamespace">The namespace; null for the calling thread's.</param>
    /// <param name="receiveBuffer">Bytes of notifications the kernel keeps for us, null for its default; beyond, it drops them and the table is read again.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static NeighbourMonitor Open(NetworkNamespace? networkNamespace = null, int? receiveBuffer = null)
    {
        RtNetlink netlink = RtNetlink.Open(networkNamespace);
        try
        {
            Socket subscription = NetlinkSocket.Subscribe(networkNamespace, RtnlConstants.GroupNeighbour);
            if (receiveBuffer is { } size)
            {
                subscription.ReceiveBufferSize = size;
            }

            return new NeighbourMonitor(netlink, subscription);
        }
        catch
        {
            netlink.Dispose();
            throw;
        }
    }

    /// <summary>Every neighbour there is, then every change. Can be enumerated once.</summary>
    /// <remarks>When notifications were lost, the difference is told.</remarks>
    public IAsyncEnumerable<NetlinkChange<NeighbourInfo>> WatchAsync(CancellationToken cancellationToken) => _watcher.WatchAsync(cancellationToken);

    /// <summary>Stops listening.</summary>
    public void Dispose()
    {
        _watcher.Dispose();
        _netlink.Dispose();
    }
}
