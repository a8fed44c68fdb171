using System.Net;
using System.Net.Sockets;

using Lodestone.Linux.Interop;
using Lodestone.Linux.Namespaces;

namespace Lodestone.Linux.Netlink;

/// <summary>Links, addresses, routes and neighbours of one network namespace, read and changed over rtnetlink.</summary>
/// <remarks>Bound to the namespace it was opened in, whichever thread uses it. Calls return at once and are serialised: thread-safe.</remarks>
public sealed partial class RtNetlink : IDisposable
{
    private readonly NetlinkSocket _socket;

    private RtNetlink(NetlinkSocket socket)
    {
        _socket = socket;
    }

    /// <summary>Opens a connection to the kernel.</summary>
    /// <param name="networkNamespace">The namespace to act in; null for the calling thread's. It may be closed afterwards.</param>
    /// <exception cref="LinuxException">No netlink, or the namespace can't be entered.</exception>
    public static RtNetlink Open(NetworkNamespace? networkNamespace = null) => new(NetlinkSocket.Open(networkNamespace));

    /// <summary>Closes the connection.</summary>
    public void Dispose() => _socket.Dispose();

    private static byte FamilyOf(IPAddress address) => address.AddressFamily switch
    {
        AddressFamily.InterNetwork => LibcConstants.AfInet,
        AddressFamily.InterNetworkV6 => LibcConstants.AfInet6,
        _ => throw new ArgumentException($"{address} is neither IPv4 nor IPv6.", nameof(address)),
    };
}
