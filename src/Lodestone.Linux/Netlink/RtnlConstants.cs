namespace Lodestone.Linux.Netlink;

/// <summary>Numbers of linux/netlink.h, rtnetlink.h, if_link.h, if_addr.h, fib_rules.h and neighbour.h.</summary>
internal static class RtnlConstants
{
    public const int NetlinkRoute = 0;

    // Options at SOL_NETLINK.
    public const int OptionAddMembership = 1;
    public const int OptionCapAck = 10;
    public const int OptionExtAck = 11;
    public const int OptionStrictCheck = 12;

    // Multicast groups, RTNLGRP_*.
    public const int GroupLink = 1;
    public const int GroupNeighbour = 3;

    // Message types.
    public const ushort Error = 2;
    public const ushort Done = 3;
    public const ushort NewLink = 16;
    public const ushort DeleteLink = 17;
    public const ushort GetLink = 18;
    public const ushort NewAddress = 20;
    public const ushort DeleteAddress = 21;
    public const ushort GetAddress = 22;
    public const ushort NewRoute = 24;
    public const ushort DeleteRoute = 25;
    public const ushort GetRoute = 26;
    public const ushort NewNeighbour = 28;
    public const ushort DeleteNeighbour = 29;
    public const ushort GetNeighbour = 30;
    public const ushort NewRule = 32;
    public const ushort DeleteRule = 33;

    // NLM_F_*.
    public const ushort FlagRequest = 0x1;
    public const ushort FlagAck = 0x4;
    public const ushort FlagDumpInterrupted = 0x10;
    public const ushort FlagCapped = 0x100;
    public const ushort FlagAckTlvs = 0x200;
    public const ushort FlagDump = 0x300;
    public const ushort FlagReplace = 0x100;
    public const ushort FlagExclusive = 0x200;
    public const ushort FlagCreate = 0x400;

    public const ushort ErrorMessage = 1;           // NLMSGERR_ATTR_MSG

    // Attribute types.
    public const ushort NestedFlag = 0x8000;        // NLA_F_NESTED
    public const ushort TypeMask = 0x3fff;          // NLA_TYPE_MASK

    public const ushort LinkAddress = 1;            // IFLA_*
    public const ushort LinkName = 3;
    public const ushort LinkMtu = 4;
    public const ushort LinkPeer = 5;               // IFLA_LINK
    public const ushort LinkMaster = 10;
    public const ushort LinkOperState = 16;
    public const ushort LinkInformation = 18;       // IFLA_LINKINFO
    public const ushort LinkNamespace = 28;         // IFLA_NET_NS_FD
    public const ushort LinkXdp = 43;
    public const ushort InfoKind = 1;
    public const ushort InfoData = 2;
    public const ushort InfoPortKind = 4;           // IFLA_INFO_SLAVE_KIND
    public const ushort InfoPortData = 5;           // IFLA_INFO_SLAVE_DATA
    public const ushort BridgePortUnicastFlood = 9; // IFLA_BRPORT_UNICAST_FLOOD
    public const ushort BridgePortIsolated = 33;    // IFLA_BRPORT_ISOLATED
    public const ushort VlanId = 1;                 // IFLA_VLAN_ID
    public const ushort VethPeer = 1;               // VETH_INFO_PEER
    public const ushort BridgeMulticastSnooping = 23;
    public const ushort XdpAttached = 2;
    public const ushort XdpProgramId = 4;

    public const ushort AddressAddress = 1;         // IFA_*
    public const ushort AddressLocal = 2;
    public const ushort AddressFlags = 8;

    public const ushort RouteDestination = 1;       // RTA_*
    public const ushort RouteOutput = 4;
    public const ushort RouteGateway = 5;
    public const ushort RoutePreferredSource = 7;
    public const ushort RouteMetrics = 8;
    public const ushort RouteTable = 15;
    public const ushort RouteVia = 18;
    public const ushort MetricMtu = 2;              // RTAX_MTU

    public const ushort RuleSource = 2;             // FRA_*
    public const ushort RulePriority = 6;
    public const ushort RuleTable = 15;

    public const ushort NeighbourDestination = 1;   // NDA_*
    public const ushort NeighbourLinkAddress = 2;
    public const ushort NeighbourExtendedFlags = 15;

    // Values.
    public const uint InterfaceUp = 1;              // IFF_UP
    public const uint InterfaceLoopback = 8;        // IFF_LOOPBACK
    public const uint InterfaceNoArp = 0x80;        // IFF_NOARP
    public const byte RuleToTable = 1;              // FR_ACT_TO_TBL
    public const uint NoDuplicateDetection = 2;     // IFA_F_NODAD
    public const byte TableMain = 254;
    public const byte ProtocolStatic = 4;
    public const byte ScopeUniverse = 0;
    public const byte ScopeLink = 253;
    public const byte RouteUnicast = 1;             // RTN_UNICAST
    public const uint NextHopOnLink = 4;            // RTNH_F_ONLINK
    public const byte NeighbourUse = 1;             // NTF_USE
    public const uint NeighbourManaged = 1;         // NTF_EXT_MANAGED
}
