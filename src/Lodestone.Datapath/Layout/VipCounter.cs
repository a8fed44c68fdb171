using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct vip_counter</c>: one CPU's share of a VIP.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VipCounter
{
    /// <summary>Packets that found a real, and their bytes as they came in from the IP header, by <see cref="IndexOf"/>.</summary>
    public ByProtocol Protocols;

    /// <summary>Flows written into the flow table.</summary>
    public ulong Recorded;

    /// <summary>Packets that a record sent elsewhere than to the current owner.</summary>
    public ulong Pinned;

    /// <summary>Packets whose flow was to be recorded and found no place.</summary>
    public ulong Unrecorded;

    /// <summary>Packets of all protocols.</summary>
    public readonly ulong Packets => Protocols[0].Packets + Protocols[1].Packets + Protocols[2].Packets;

    /// <summary>Bytes of all protocols.</summary>
    public readonly ulong Bytes => Protocols[0].Bytes + Protocols[1].Bytes + Protocols[2].Bytes;

    /// <summary>Where a protocol is counted: TCP 0, UDP 1, SCTP 2. An ICMP error counts for the flow it is about.</summary>
    /// <param name="protocol">The protocol's number.</param>
    public static int IndexOf(byte protocol) => protocol switch
    {
        6 => 0,
        17 => 1,
        _ => 2,
    };

    /// <summary>Adds what another CPU has counted.</summary>
    public void Add(in VipCounter other)
    {
        for (int i = 0; i < ByProtocol.Length; i++)
        {
            Protocols[i].Packets += other.Protocols[i].Packets;
            Protocols[i].Bytes += other.Protocols[i].Bytes;
        }

        Recorded += other.Recorded;
        Pinned += other.Pinned;
        Unrecorded += other.Unrecorded;
    }

    /// <summary>The counters of a VIP's protocols.</summary>
    [InlineArray(Length)]
    public struct ByProtocol
    {
        /// <summary>TCP, UDP and SCTP.</summary>
        public const int Length = 3;

        private Counter _first;
    }
}
