using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Tables;

/// <summary>The VIPs do not fit the VIP table. The table that is served stays as it is; the maps must be made larger.</summary>
public sealed class VipTableFullException : Exception
{
    /// <summary>An exception without a particular table.</summary>
    public VipTableFullException()
        : this("the VIP table is full", 0)
    {
    }

    /// <summary>An exception with a message of one's own.</summary>
    public VipTableFullException(string message)
        : this(message, 0)
    {
    }

    /// <summary>An exception with a message of one's own and what led to it.</summary>
    public VipTableFullException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    private VipTableFullException(string message, int slotsNeeded)
        : base(message) => SlotsNeeded = slotsNeeded;

    /// <summary>Slots of one VIP table with which to try again; 0 when not known.</summary>
    public int SlotsNeeded { get; }

    internal static VipTableFullException ForLoad(int vips, int slots)
    {
        int needed = VipTable.SlotsFor(vips);
        return new VipTableFullException(
            $"{vips} VIPs do not fit a VIP table of {slots} slots, which holds {slots / 2}; load the data path with {needed} VIP slots", needed);
    }

    internal static VipTableFullException ForProbes(DatapathAddress address, int slots) => new(
        $"VIP {address} finds no slot within {VipTable.MaxProbes} of its home in a VIP table of {slots}; load the data path with {slots * 2} VIP slots",
        slots * 2);
}
