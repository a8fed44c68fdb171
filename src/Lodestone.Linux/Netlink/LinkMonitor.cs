using System.Net.Sockets;

using Lodestone.Linux.Namespaces;

namespace Lodestone.Linux.Netlink;

/// <summary>Follows the links of a namespace.</summary>
public sealed class LinkMonitor : IDisposable
{
    private readonly RtNetlink _netlink;
    private readonly TableWatcher<int, LinkInfo> _watcher;

    private LinkMonitor(RtNetlink netlink, Socket subscription)
    {
        _netlink = netlink;
        _watcher = new TableWatcher<int, LinkInfo>(subscription, RtnlConstants.DeleteLink, LinkInfo.Parse, netlink.GetLinks, link => link.Index);
    }

    /// <summary>Starts to listen: what happens from now on will be told.</summary>
    /// <param name="networkNamespace">The namespace; null for the calling thread's.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static LinkMonitor Open(NetworkNamespace? networkNamespace = null)
    {
        RtNetlink netlink = RtNetlink.Open(networkNamespace);
        try
        {
            return new LinkMonitor(netlink, NetlinkSocket.Subscribe(networkNamespace, RtnlConstants.GroupLink));
        }
        catch
        {
            netlink.Dispose();
            throw;
        }
    }

    /// <summary>Every link there is, then every change. Can be enumerated once.</summary>
    /// <remarks>A link is told again only when something that <see cref="LinkInfo"/> shows has changed. When notifications were lost, the difference is told.</remarks>
    public IAsyncEnumerable<NetlinkChange<LinkInfo>> WatchAsync(CancellationToken cancellationToken) => _watcher.WatchAsync(cancellationToken);

    /// <summary>Stops listening.</summary>
    public void Dispose()
    {
        _watcher.Dispose();
        _netlink.Dispose();
    }
}
