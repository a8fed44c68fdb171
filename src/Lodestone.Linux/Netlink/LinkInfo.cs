namespace Lodestone.Linux.Netlink;

/// <summary>A network device.</summary>
public sealed record LinkInfo
{
    /// <summary>Its number, unique within the namespace.</summary>
    public required int Index { get; init; }

    /// <summary>Its name, at most 15 bytes.</summary>
    public required string Name { get; init; }

    /// <summary>What the driver calls it (<c>veth</c>, <c>bridge</c>, <c>tun</c>); null for hardware and loopback.</summary>
    public string? Kind { get; init; }

    /// <summary>Its Ethernet address; zero when it has none.</summary>
    public MacAddress Address { get; init; }

    /// <summary>Largest packet without the Ethernet header, in bytes.</summary>
    public int Mtu { get; init; }

    /// <summary>Whether it was switched on.</summary>
    public bool IsUp { get; init; }

    /// <summary>Whether it is the loopback device.</summary>
    public bool IsLoopback { get; init; }

    /// <summary>Whether packets pass.</summary>
    public OperationalState OperationalState { get; init; }

    /// <summary>Index of the peer of a veth, in the peer's namespace, or of the lower device of a stacked one; 0 when there is none.</summary>
    public int PeerIndex { get; init; }

    /// <summary>The VLAN id of a VLAN's device; 0 for any other.</summary>
    public ushort VlanId { get; init; }

    /// <summary>Index of the bridge it is a port of; 0 when it is none.</summary>
    public int MasterIndex { get; init; }

    /// <summary>How an XDP program is attached.</summary>
    public XdpMode XdpMode { get; init; }

    /// <summary>The attached XDP program's id; 0 when there is none, or several.</summary>
    public uint XdpProgramId { get; init; }

    internal static LinkInfo? Parse(NetlinkMessage message)
    {
        if (message.Type is not (RtnlConstants.NewLink or RtnlConstants.DeleteLink))
        {
            return null;
        }

        LinkHeader header = message.Header<LinkHeader>();

        // Bridges report their ports' own settings on the same group under their own family.
        if (header.Family != 0)
        {
            return null;
        }

        string name = string.Empty;
        string? kind = null;
        MacAddress address = default;
        int mtu = 0;
        int peer = 0;
        int master = 0;
        ushort vlan = 0;
        var state = OperationalState.Unknown;
        var mode = XdpMode.None;
        uint program = 0;

        NetlinkAttributes attributes = message.Attributes<LinkHeader>();
        while (attributes.Read())
        {
            switch (attributes.Type)
            {
                case RtnlConstants.LinkName:
                    name = attributes.AsString;
                    break;
                case RtnlConstants.LinkAddress when attributes.Value.Length == MacAddress.Length:
                    address = new MacAddress(attributes.Value);
                    break;
                case RtnlConstants.LinkMtu:
                    mtu = (int)attributes.AsUInt32;
                    break;
                case RtnlConstants.LinkPeer:
                    peer = (int)attributes.AsUInt32;
                    break;
                case RtnlConstants.LinkMaster:
                    master = (int)attributes.AsUInt32;
                    break;
                case RtnlConstants.LinkOperState:
                    state = (OperationalState)attributes.Value[0];
                    break;
                case RtnlConstants.LinkInformation:
                    (kind, vlan) = ParseInformation(attributes.AsNested);
                    break;
                case RtnlConstants.LinkXdp:
                    (mode, program) = ParseXdp(attributes.AsNested);
                    break;
                default:
                    break;
            }
        }

        return new LinkInfo
        {
            Index = header.Index,
            Name = name,
            Kind = kind,
            Address = address,
            Mtu = mtu,
            IsUp = (header.Flags & RtnlConstants.InterfaceUp) != 0,
            IsLoopback = (header.Flags & RtnlConstants.InterfaceLoopback) != 0,
            OperationalState = state,
            PeerIndex = peer,
            MasterIndex = master,
            VlanId = kind == "vlan" ? vlan : (ushort)0,
            XdpMode = mode,
            XdpProgramId = program,
        };
    }

    /// <summary>The kind, and what would be the VLAN id if it is a VLAN's device.</summary>
    private static (string? Kind, ushort Vlan) ParseInformation(NetlinkAttributes attributes)
    {
        string? kind = null;
        ushort vlan = 0;
        while (attributes.Read())
        {
            if (attributes.Type == RtnlConstants.InfoKind)
            {
                kind = attributes.AsString;
            }
            else if (attributes.Type == RtnlConstants.InfoData)
            {
                NetlinkAttributes data = attributes.AsNested;
                while (data.Read())
                {
                    vlan = data.Type == RtnlConstants.VlanId && data.Value.Length == sizeof(ushort) ? BitConverter.ToUInt16(data.Value) : vlan;
                }
            }
        }

        return (kind, vlan);
    }

    private static (XdpMode Mode, uint Program) ParseXdp(NetlinkAttributes attributes)
    {
        var mode = XdpMode.None;
        uint program = 0;
        while (attributes.Read())
        {
            if (attributes.Type == RtnlConstants.XdpAttached)
            {
                mode = (XdpMode)attributes.Value[0];
            }
            else if (attributes.Type == RtnlConstants.XdpProgramId)
            {
                program = attributes.AsUInt32;
            }
        }

        return (mode, program);
    }
}
