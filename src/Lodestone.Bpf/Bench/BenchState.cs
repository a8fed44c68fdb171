using System.Runtime.InteropServices;

namespace Lodestone.Bpf.Bench;

/// <summary>C's <c>struct bench_state</c>: what the wrapper of <c>bpf/bench.bpf.c</c> makes packets from, and when it looked at the clock.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BenchState
{
    /// <summary>Packets so far.</summary>
    public ulong Counter;

    /// <summary>Flows less one, a power of two less one.</summary>
    public ulong FlowMask;

    /// <summary>The packet at which the clock is read first.</summary>
    public ulong From;

    /// <summary>The packet at which it is read again.</summary>
    public ulong Until;

    /// <summary>What the clock said then, in nanoseconds.</summary>
    public ulong StartNs;

    /// <summary>What it said at the end, in nanoseconds.</summary>
    public ulong EndNs;

    /// <summary>First half of the VIPs' IPv6 addresses, as loaded.</summary>
    public ulong FirstHalf;

    /// <summary>Bytes of the packet as it was made.</summary>
    public ulong Frame;

    /// <summary>The other half of the first VIP, in host byte order.</summary>
    public ulong LastHalf;

    /// <summary>VIPs the flows are spread over.</summary>
    public uint Vips;

    /// <summary>IPv4 address of the first one, in host byte order.</summary>
    public uint FirstVip;

    /// <summary>What the packet looks like.</summary>
    public BenchShape Shape;

    /// <summary>1: the delivery puts metadata in front of the packet.</summary>
    public uint TakesMeta;

    /// <summary>Port of the VIP, as loaded.</summary>
    public ushort Port;

    /// <summary>Zero.</summary>
    public ushort Pad0;

    /// <summary>Zero.</summary>
    public uint Pad1;
}
