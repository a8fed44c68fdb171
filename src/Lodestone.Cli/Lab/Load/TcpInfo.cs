using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Lodestone.Cli.Lab.Load;

/// <summary>What the kernel tells of a TCP connection (TCP_INFO).</summary>
internal static class TcpInfo
{
    private const int TcpLevel = 6;            // SOL_TCP
    private const int InfoOption = 11;         // TCP_INFO
    private const int RetransmitsOffset = 100; // tcpi_total_retrans

    /// <summary>How many segments were sent again so far; after a connect, how often its SYN was.</summary>
    public static int ReadRetransmits(Socket socket)
    {
        Span<byte> info = stackalloc byte[RetransmitsOffset + sizeof(int)];
        int length = socket.GetRawSocketOption(TcpLevel, InfoOption, info);
        return length < info.Length ? 0 : MemoryMarshal.Read<int>(info[RetransmitsOffset..]);
    }
}
