using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Model;

/// <summary>What a packet is found by. They differ where a VIP's slots go by less than the whole flow, or did a while ago.</summary>
/// <param name="Flow">The hash of the flow: its record.</param>
/// <param name="Slot">Its slot and, where slots go by the client, the client's record.</param>
/// <param name="Old">With <see cref="VipFlags.Rekeyed"/>: its slot as it was.</param>
internal readonly record struct FlowKeys(ulong Flow, ulong Slot, ulong Old)
{
    /// <summary>Whether the VIP's slots go, or went, by something else than the flow.</summary>
    public static bool AreNeeded(in Vip vip) => (vip.Flags & (VipFlags.ByClient | VipFlags.Rekeyed)) != 0;

    /// <summary>The keys of a packet of a flow.</summary>
    public static FlowKeys Of(in Vip vip, ulong flow, DatapathAddress client, byte protocol, in FlowSeed seed) => new(
        flow,
        vip.Flags.HasFlag(VipFlags.ByClient) ? Client(vip, vip.ClientMask, vip.Flags.HasFlag(VipFlags.ByProtocol), client, protocol, seed) : flow,
        vip.Flags.HasFlag(VipFlags.OldByClient) ? Client(vip, vip.OldMask, vip.Flags.HasFlag(VipFlags.OldByProtocol), client, protocol, seed) : flow);

    /// <summary>The keys of a later fragment whose ports nobody knows: it goes by the client alone.</summary>
    public static FlowKeys OfPart(in Vip vip, DatapathAddress client, byte protocol, in FlowSeed seed)
    {
        ulong key = Of(vip, 0, client, protocol, seed).Slot;
        return new FlowKeys(key, key, key);
    }

    private static ulong Client(in Vip vip, DatapathAddress mask, bool byProtocol, DatapathAddress client, byte protocol, in FlowSeed seed) =>
        FlowHash.OfClient(seed, client, mask, vip.Addr, byProtocol ? protocol : null, vip.Network);
}
