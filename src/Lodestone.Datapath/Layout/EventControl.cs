using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct event_control</c>: what a listener wants of a kind of events.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct EventControl
{
    /// <summary>CLOCK_MONOTONIC in nanoseconds: nothing is told later.</summary>
    public ulong UntilNs;

    /// <summary>Of so many packets, one on average; 0 is 1.</summary>
    public uint OneIn;

    /// <summary>1: of packets to the VIP of this id only; of drops, to <see cref="Addr"/> only.</summary>
    public uint Only;

    /// <summary>Id of the VIP.</summary>
    public uint Vip;

    /// <summary>Zero.</summary>
    public uint Pad;

    /// <summary>Of drops, whose VIP is not looked up: the destination.</summary>
    public DatapathAddress Addr;
}
