using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct config</c>: what rarely changes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct DatapathConfig
{
    /// <summary>C's <c>LAYOUT_VERSION</c>.</summary>
    public const uint CurrentLayoutVersion = 2;

    /// <summary>C's <c>LAYOUT_FLOWS</c>: what an entry of the flow table means.</summary>
    public const uint CurrentFlowFormat = 2;

    /// <summary>First half of the seed that gateways share and an attacker cannot know.</summary>
    public ulong HashSeed0;

    /// <summary>Second half of the seed.</summary>
    public ulong HashSeed1;

    /// <summary>The device that XDP is attached to.</summary>
    public uint UplinkIfindex;

    /// <summary>Slots of one VIP table less one; the table is a power of two.</summary>
    public uint VipMask;

    /// <summary>0 or 1: which of the two VIP tables is served.</summary>
    public uint VipTable;

    /// <summary>Buckets of the flow table less one; a power of two.</summary>
    public uint FlowMask;

    /// <summary>MAC address of the uplink, given in answers to ARP and NDP.</summary>
    public MacAddress UplinkMac;

    /// <summary>Largest L3 packet the uplink sends.</summary>
    public ushort UplinkMtu;

    /// <summary>Layout of whoever wrote the maps.</summary>
    public uint LayoutVersion;

    /// <summary>Switches.</summary>
    public ConfigFlags Flags;

    /// <summary>Which events somebody wants; written by the listener alone.</summary>
    public Listening Listening;

    /// <summary>The /64 of our NICs' underlay addresses, as loaded (<see cref="DatapathAddress.High"/>); zero is none.</summary>
    public ulong UnderlayPrefix;

    /// <summary>VLAN id of the frames that are served, outer | inner &lt;&lt; 16 (IEEE 802.1Q, 802.1ad); 0: untagged ones.</summary>
    public uint Vlans;

    /// <summary>Always zero, which the kernel's verifier does not know.</summary>
    public uint Zero;
}
