namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>enum nic_source</c>: what a source address means at a NIC.</summary>
public enum NicSource : uint
{
    /// <summary>Not the NIC's.</summary>
    None = 0,

    /// <summary>One of the NIC's own addresses: left to the host's routing.</summary>
    Own = 1,

    /// <summary>A VIP the NIC is a destination of: answered directly, through the uplink.</summary>
    Vip = 2,
}
