using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct event</c>: what became of a packet, as a program tells it.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct EventRecord
{
    /// <summary>C's <c>EVENT_NO_VIP</c>.</summary>
    public const uint NoVip = 0xffffff;

    /// <summary>Where in <see cref="Picked"/> the path is.</summary>
    public const int PathShift = 24;

    /// <summary>CLOCK_MONOTONIC in nanoseconds.</summary>
    public ulong TimeNs;

    /// <summary>The device the packet came in at.</summary>
    public uint Ifindex;

    /// <summary>Bytes of the packet as it came in, from its IP header.</summary>
    public uint Bytes;

    /// <summary>Id of the VIP of a packet to a target; else <see cref="NoVip"/>.</summary>
    public uint Vip;

    /// <summary>Index of the target, and its <see cref="EventPath"/> above that; 0 of a dropped packet.</summary>
    public uint Picked;

    /// <summary>What the event is about.</summary>
    public EventKind Kind;

    /// <summary>What became of the packet (<see cref="Layout.Verdict"/>).</summary>
    public ushort Verdict;

    /// <summary>How many words of <see cref="Head"/> the packet has.</summary>
    public uint Words;

    /// <summary>The packet as it leaves, outer headers included, from its IP header on.</summary>
    public EventHead Head;
}
