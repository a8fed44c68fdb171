using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct event_limit</c>: what was done about a kind of events, per CPU.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct EventLimit
{
    /// <summary>When the next event is due, in nanoseconds of the coarse clock.</summary>
    public ulong DueNs;

    /// <summary>Packets until the next one that counts.</summary>
    public uint Skip;

    /// <summary>Zero.</summary>
    public uint Pad;

    /// <summary>Events written.</summary>
    public ulong Sent;

    /// <summary>Events left out: too many in a time.</summary>
    public ulong Limited;

    /// <summary>Events left out: nobody read them in time.</summary>
    public ulong Full;
}
