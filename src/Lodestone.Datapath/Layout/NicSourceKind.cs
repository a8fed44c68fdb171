namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>enum nic_source_kind</c>: what a source address means at a NIC.</summary>
public enum NicSourceKind : ushort
{
    /// <summary>Not the NIC's.</summary>
    None = 0,

    /// <summary>One of the NIC's own addresses.</summary>
    Own = 1,

    /// <summary>A public VIP the NIC is a target of: answered directly, through the uplink.</summary>
    Vip = 2,

    /// <summary>An Internal VIP the NIC is a target of: answered within its network only.</summary>
    Internal = 3,

    /// <summary>The NIC itself, under address <c>::</c>, for what has no other source.</summary>
    Link = 4,
}
