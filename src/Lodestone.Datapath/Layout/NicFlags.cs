namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>enum nic_flags</c>: of a NIC of this machine.</summary>
[Flags]
public enum NicFlags : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>VIPs become its own address.</summary>
    Translates = 1,
}
