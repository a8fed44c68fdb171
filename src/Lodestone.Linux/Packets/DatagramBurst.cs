using System.Net.Sockets;
using System.Runtime.InteropServices;

using Lodestone.Linux.Interop;

namespace Lodestone.Linux.Packets;

/// <summary>Sends many equal datagrams with one system call, for what measures packets per second.</summary>
public static unsafe class DatagramBurst
{
    /// <summary>The most datagrams of one call.</summary>
    public const int MaxCount = 64;

    /// <summary>Sends.</summary>
    /// <param name="socket">A connected datagram socket.</param>
    /// <param name="payload">What each of them holds.</param>
    /// <param name="count">How many, 1 to <see cref="MaxCount"/>.</param>
    /// <returns>How many were sent. Fewer than asked, even none, where the kernel had no room (ENOBUFS) or an earlier one came back refused.</returns>
    /// <exception cref="LinuxException">Another failure.</exception>
    public static int Send(Socket socket, ReadOnlySpan<byte> payload, int count)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxCount);
        MessageHeader* messages = stackalloc MessageHeader[count];
        fixed (byte* bytes = payload)
        {
            MessageHeader.IoVector vector = new() { Base = bytes, Length = (nuint)payload.Length };
            for (int i = 0; i < count; i++)
            {
                messages[i] = new MessageHeader { Vector = &vector, VectorLength = 1 };
            }

            int sent = Libc.sendmmsg(socket.SafeHandle, messages, (uint)count, 0);
            if (sent < 0 && Marshal.GetLastPInvokeError() is not (Errno.NoBuffers or Errno.ConnectionRefused or Errno.Again))
            {
                throw LinuxException.ForLastError("send datagrams");
            }

            return Math.Max(sent, 0);
        }
    }
}
