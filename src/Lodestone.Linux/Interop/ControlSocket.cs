using System.Net.Sockets;

using Lodestone.Linux.Namespaces;

namespace Lodestone.Linux.Interop;

/// <summary>A socket that is only there for device requests (ioctl).</summary>
internal static class ControlSocket
{
    /// <summary>Opens one.</summary>
    /// <param name="networkNamespace">Where its devices are; null for the calling thread's namespace.</param>
    public static SafeSocketHandle Open(NetworkNamespace? networkNamespace)
    {
        return networkNamespace is null ? Create() : networkNamespace.Run(Create);

        static SafeSocketHandle Create()
        {
            SafeSocketHandle socket = Libc.socket(LibcConstants.AfInet, LibcConstants.SockDgram | LibcConstants.SockCloexec, 0);
            if (socket.IsInvalid)
            {
                LinuxException exception = LinuxException.ForLastError("open control socket");
                socket.Dispose();
                throw exception;
            }

            return socket;
        }
    }
}
