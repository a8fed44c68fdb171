using System.Net.Sockets;
using System.Runtime.InteropServices;

using Lodestone.Linux.Interop;
using Lodestone.Linux.Packets;

namespace Lodestone.Linux.Memory;

/// <summary>Waits until everything that ran in the kernel's read-side sections at the call has left them.</summary>
/// <remarks>
/// <para>XDP and tc programs run inside an RCU read-side section. After <see cref="Global"/> no program still holds what it looked up in a
/// map before the call, so memory that was unpublished before may be used again.</para>
/// <para>membarrier(MEMBARRIER_CMD_GLOBAL) is synchronize_rcu() (kernel/sched/membarrier.c). Kernels built without it, or with CPUs in
/// nohz_full mode, refuse; then a packet socket is opened and closed, and closing one waits for synchronize_net(), which is a full
/// grace period too (net/packet/af_packet.c, packet_release). Either way the wait is bounded by one grace period: some
/// milliseconds to tens of them, longer only where the kernel itself would report an RCU stall.</para>
/// </remarks>
public static class Membarrier
{
    private const nint CommandQuery = 0;
    private const nint CommandGlobal = 1;

    /// <summary>Whether the kernel has MEMBARRIER_CMD_GLOBAL; if not, <see cref="Global"/> takes the other way.</summary>
    public static bool IsSupported { get; } = (Call(CommandQuery) & CommandGlobal) > 0;

    /// <summary>Waits for a grace period. Blocks the calling thread.</summary>
    /// <exception cref="LinuxException">Neither way works; the second needs CAP_NET_RAW.</exception>
    public static void Global()
    {
        if (!IsSupported || Call(CommandGlobal) != 0)
        {
            ClosePacketSocket();
        }
    }

    /// <summary>The way without membarrier.</summary>
    internal static void ClosePacketSocket()
    {
        // A Socket would close its descriptor elsewhere and later; the bare handle closes it here and now.
        using SafeSocketHandle socket = PacketSocket.Create(networkNamespace: null);
    }

    private static nint Call(nint command)
    {
        nint number = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => 324,
            Architecture.Arm64 => 283,
            _ => -1,
        };
        return number < 0 ? -1 : Libc.syscall(number, command, 0, 0);
    }
}
