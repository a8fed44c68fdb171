using System.Net.Sockets;

using Lodestone.Linux.Interop;
using Lodestone.Linux.Namespaces;

namespace Lodestone.Linux.Packets;

/// <summary>Sockets that hear every packet of an IP protocol to an address of the machine, also of one that the kernel does not know.</summary>
public static class RawIpSocket
{
    /// <summary>Opens one. What it receives begins with the IP header for IPv4, and behind all headers of IPv6 for IPv6.</summary>
    /// <param name="family">The family.</param>
    /// <param name="protocol">The protocol's number (132 is SCTP).</param>
    /// <param name="networkNamespace">Its namespace; null for the calling thread's.</param>
    /// <returns>The socket; the caller disposes it.</returns>
    /// <exception cref="LinuxException">CAP_NET_RAW is missing.</exception>
    public static Socket Open(AddressFamily family, byte protocol, NetworkNamespace? networkNamespace = null) => new(SocketFactory.Open(
        networkNamespace, family == AddressFamily.InterNetwork ? LibcConstants.AfInet : LibcConstants.AfInet6, LibcConstants.SockRaw, protocol, "open raw IP socket"));
}
