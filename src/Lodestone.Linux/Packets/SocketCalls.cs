using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

using Lodestone.Linux.Interop;

namespace Lodestone.Linux.Packets;

/// <summary>Calls on sockets whose errno matters. .NET has no name for many, ENODEV for one, and keeps no number of those.</summary>
public static unsafe class SocketCalls
{
    /// <summary>Sets an option.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="level">As in <c>SOL_SOCKET</c>, by number.</param>
    /// <param name="name">The option, by number.</param>
    /// <param name="value">Its value, in the host's byte order.</param>
    /// <param name="operation">What this is for, as people are told.</param>
    /// <exception cref="LinuxException">The kernel refused it.</exception>
    public static void SetOption(Socket socket, int level, int name, ReadOnlySpan<byte> value, string operation)
    {
        fixed (byte* pointer = value)
        {
            if (Libc.setsockopt(socket.SafeHandle, level, name, pointer, (uint)value.Length) < 0)
            {
                throw LinuxException.ForLastError(operation);
            }
        }
    }

    /// <summary>Gives a socket its local address.</summary>
    /// <exception cref="LinuxException">The kernel refused it.</exception>
    public static void Bind(Socket socket, IPEndPoint endPoint)
    {
        Span<byte> address = endPoint.Serialize().Buffer.Span;
        fixed (byte* pointer = address)
        {
            if (Libc.bind(socket.SafeHandle, pointer, (uint)address.Length) < 0)
            {
                throw LinuxException.ForLastError($"send from {endPoint.Address}");
            }
        }
    }

    /// <summary>Gives a datagram socket its destination. Returns the errno, 0 for none.</summary>
    public static int TryConnect(Socket socket, IPEndPoint endPoint)
    {
        Span<byte> address = endPoint.Serialize().Buffer.Span;
        fixed (byte* pointer = address)
        {
            return Libc.connect(socket.SafeHandle, pointer, (uint)address.Length) < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
    }
}
