using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Ring;

/// <summary>What a flow's slot comes from. The default: from the whole flow, addresses, ports and protocol.</summary>
/// <param name="ByClient">From the client's address, or its prefix, alone; ports don't count.</param>
/// <param name="ByProtocol">With <paramref name="ByClient"/>: and from the protocol.</param>
/// <param name="IPv4Bits">Leading bits of an IPv4 address that count, 0 to 32.</param>
/// <param name="IPv6Bits">Leading bits of an IPv6 address that count, 0 to 128.</param>
public readonly record struct SlotKey(bool ByClient, bool ByProtocol, byte IPv4Bits, byte IPv6Bits)
{
    private const int MappedBits = 96;

    /// <summary>What of a client's address counts (<see cref="Vip.ClientMask"/>); zero where slots don't go by that.</summary>
    public DatapathAddress MaskFor(DatapathAddress vip) =>
        !ByClient ? default : DatapathAddress.Mask(vip.IsIPv4 ? MappedBits + IPv4Bits : IPv6Bits);
}
