using System.Collections.Immutable;
using Lodestone.Agent.Desired;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Ring;
using Lodestone.TestKit.Packets;

namespace Lodestone.Agent.Tests.Apply;

/// <summary>A packet to a VIP, and what each of some states says about it.</summary>
internal sealed class ConcurrentPacket
{
    public static readonly FlowSeed Seed = new(0x0123456789abcdef, 0xfedcba9876543210);

    private const uint Drop = 1;
    private const uint Pass = 2;
    private const uint Transmit = 3;
    private const int OuterSource = 14 + 8;
    private const int OuterDestination = 14 + 24;

    private readonly byte _protocol;
    private readonly ushort _port;
    private readonly ulong _hash;

    public ConcurrentPacket(DatapathAddress vip, bool isTcp, ushort port, ushort sourcePort)
    {
        Vip = vip;
        (_protocol, _port) = (isTcp ? (byte)6 : (byte)17, port);
        string network = vip.IsIPv4 ? $"ip4 192.0.2.10 > {vip}" : $"ip6 2001:db8:ffff::10 > {vip}";
        Frame = PacketText.Parse($"eth 02::01 > 02::02 / {network} / {(isTcp ? $"tcp {sourcePort} > {port} A" : $"udp {sourcePort} > {port}")}");
        ReadOnlySpan<byte> ip = Frame.AsSpan(14);
        _hash = vip.IsIPv4
            ? FlowHash.OfIPv4(Seed, BitConverter.ToUInt32(ip[12..]), BitConverter.ToUInt32(ip[16..]), BitConverter.ToUInt32(ip[20..]), _protocol, 0)
            : FlowHash.OfIPv6(
                Seed, BitConverter.ToUInt64(ip[8..]), BitConverter.ToUInt64(ip[16..]), BitConverter.ToUInt64(ip[24..]), BitConverter.ToUInt64(ip[32..]),
                BitConverter.ToUInt32(ip[40..]), _protocol, 0);
    }

    public DatapathAddress Vip { get; }

    public byte[] Frame { get; }

    /// <summary>What is wrong with an outcome, given the states that it may have met, in whole or slot by slot; null for nothing.</summary>
    public string? Check(uint action, ReadOnlySpan<byte> bytes, IReadOnlyList<ConcurrentState> states, bool windows)
    {
        bool missing = false, refused = false, accepted = false, empty = false;
        foreach (ConcurrentState state in states)
        {
            if (!state.Vips.TryGetValue(Vip, out VipModel? vip))
            {
                missing = true;
                continue;
            }

            bool accepts = vip.Ports.Accepts(_protocol, _port);
            accepted |= accepts;
            refused |= !accepts;
            empty |= vip.Ring!.Slots.IsEmpty || (windows && vip.History.Current.IsEmpty);
        }

        switch (action)
        {
            case Pass:
                return missing ? null : $"{Vip} was taken for no VIP";
            case Drop:
                return refused || empty ? null : $"a packet to {Vip}, port {_port}, was dropped";
            case Transmit when !accepted:
                return $"port {_port} of {Vip} is not listed, and a packet went through";
            case Transmit:
                ulong target = UnderlayAddress.TargetOf(bytes.Slice(OuterDestination, 16));
                return !IsWhole(bytes, target) ? $"the outer header is torn: {Convert.ToHexStringLower(bytes[..54])}"
                    : !bytes[54..].SequenceEqual(Frame.AsSpan(14)) ? "the inner packet is not what it was"
                    : (windows ? IsRecordable(states, target) : states.Any(state => Owns(state, target))) ? null
                    : $"a packet to {Vip} went to {target:x16}, which none of {states.Count} states gives: {string.Join("; ", states.Select(state => Tell(state, target)))}";
            default:
                return $"the program returned {action}";
        }
    }

    private bool Owns(ConcurrentState state, ulong target)
    {
        if (!state.Vips.TryGetValue(Vip, out VipModel? vip) || vip.Ring!.Slots.IsEmpty)
        {
            return false;
        }

        FoldedRing ring = vip.Ring;
        return ring.Targets[ring.Slots[(int)(_hash >> (64 - ring.SizeLog2))].Current] == target;
    }

    /// <summary>A record lives as long as its target does, also where that is on behalf of another VIP.</summary>
    private bool IsRecordable(IReadOnlyList<ConcurrentState> states, ulong target) =>
        states.Any(state => state.Alive.Contains(target)) && states.Any(state => state.Ever.TryGetValue(Vip, out ImmutableHashSet<ulong>? ever) && ever.Contains(target));

    private string Tell(ConcurrentState state, ulong target)
    {
        if (!state.Vips.TryGetValue(Vip, out VipModel? vip))
        {
            return "no VIP";
        }

        FoldedRing ring = vip.Ring!;
        string slot = ring.Slots.IsEmpty ? "no ring" : ring.Slots[(int)(_hash >> (64 - ring.SizeLog2))] is var pair
            ? $"slot {NameOf(ring, pair.Current)}/{NameOf(ring, pair.Previous)}{(pair.Learn ? " learns" : string.Empty)}" : string.Empty;
        return $"{slot}, target {(state.Alive.Contains(target) ? "alive" : "dead")}, {(state.Ever[Vip].Contains(target) ? "the VIP's" : "never the VIP's")}";

        static string NameOf(FoldedRing ring, int target) => target < 0 ? "nobody" : $"{ring.Targets[target]:x16}";
    }

    private static bool IsWhole(ReadOnlySpan<byte> bytes, ulong target)
    {
        RealModel real = ConcurrentWorld.RealOf(target);
        MacAddress nextHop = real.NextHop, uplink = ConcurrentWorld.Underlay.Uplink.Mac;
        return ((ReadOnlySpan<byte>)nextHop).SequenceEqual(bytes[..6])
            && ((ReadOnlySpan<byte>)uplink).SequenceEqual(bytes[6..12])
            && ConcurrentWorld.Underlay.Address.GetAddressBytes().AsSpan().SequenceEqual(bytes.Slice(OuterSource, 16))
            && real.OuterDestination!.GetAddressBytes().AsSpan().SequenceEqual(bytes.Slice(OuterDestination, 16));
    }
}
