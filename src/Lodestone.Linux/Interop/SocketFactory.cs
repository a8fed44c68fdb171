using System.Net.Sockets;

using Lodestone.Linux.Namespaces;

namespace Lodestone.Linux.Interop;

/// <summary>Creates sockets in a namespace.</summary>
internal static class SocketFactory
{
    /// <summary>Creates a socket.</summary>
    /// <param name="networkNamespace">Where; null for the calling thread's namespace.</param>
    /// <param name="domain">AF_*.</param>
    /// <param name="type">SOCK_*; SOCK_CLOEXEC is added.</param>
    /// <param name="protocol">The domain's protocol.</param>
    /// <param name="operation">What the socket is for, for the error.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static SafeSocketHandle Open(NetworkNamespace? networkNamespace, int domain, int type, int protocol, string operation)
    {
        return networkNamespace is null ? Create() : networkNamespace.Run(Create);

        SafeSocketHandle Create()
        {
            int descriptor = Libc.socket(domain, type | LibcConstants.SockCloexec, protocol);
            return descriptor >= 0
                ? new SafeSocketHandle(descriptor, ownsHandle: true)
                : throw LinuxException.ForLastError(operation, domain == LibcConstants.AfPacket ? "needs root or CAP_NET_RAW" : null);
        }
    }

    /// <summary>Creates a socket that is only there for device requests (ioctl).</summary>
    public static SafeSocketHandle OpenControl(NetworkNamespace? networkNamespace) =>
        Open(networkNamespace, LibcConstants.AfInet, LibcConstants.SockDgram, 0, "open control socket");
}
