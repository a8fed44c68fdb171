using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;

namespace Lodestone.Bpf.Bench;

/// <summary>A way to targets that is measured: one line in <see cref="All"/> for each.</summary>
/// <param name="Name">Its name in a case's.</param>
/// <param name="Make">The entry of target number i, 1 and up.</param>
/// <param name="Verdict">What becomes of the packets.</param>
/// <param name="Action">The XDP action that is returned.</param>
/// <param name="TakesMeta">It puts metadata in front of the packet. What it puts into the packet itself is found by the frame's length.</param>
internal sealed record BenchDelivery(string Name, Func<int, Real> Make, Verdict Verdict, uint Action, bool TakesMeta = false)
{
    private const uint XdpPass = 2;
    private const uint XdpTx = 3;
    private const uint XdpRedirect = 4;
    private const ushort Mtu = 1600;

    private static readonly MacAddress OurMac = MacAddress.Parse("02:00:00:00:00:02");

    /// <summary>To another machine directly inside IPv6: what cases take that don't name a delivery.</summary>
    public static BenchDelivery Encap { get; } = Remote("encap6", RealKind.Encap);

    /// <summary>Every delivery.</summary>
    public static IReadOnlyList<BenchDelivery> All { get; } =
    [
        Encap,
        new("peer", static i => RealTemplate.Local(RealKind.Peer, 1, default, OurMac, UnderlayOf(i), Mtu), Verdict.DeliverLocal, XdpPass, TakesMeta: true),
        new("device", static i => RealTemplate.Local(RealKind.Device, 1, MacOf(i), OurMac, UnderlayOf(i), Mtu), Verdict.DeliverLocal, XdpRedirect),
        Remote("ipip", RealKind.Ipip),
        Remote("gue4", RealKind.GueIPv4),
        Remote("gue6", RealKind.GueIPv6),
        Remote("geneve4", RealKind.GeneveIPv4),
        Remote("geneve6", RealKind.GeneveIPv6),
    ];

    private static BenchDelivery Remote(string name, RealKind kind) => new(
        name,
        i => RealTemplate.IsOverIPv4(kind)
            ? RealTemplate.Remote(kind, (ulong)i, 1, MacOf(i), OurMac, DatapathAddress.Parse("192.0.2.1"), DatapathAddress.Parse($"10.0.{i >> 8}.{i & 255}"), Mtu)
            : RealTemplate.Remote(kind, (ulong)i, 1, MacOf(i), OurMac, DatapathAddress.Parse("2001:db8:1::1"), UnderlayOf(i), Mtu),
        Verdict.Forward,
        XdpTx);

    private static DatapathAddress UnderlayOf(int target) => DatapathAddress.Parse($"2001:db8:2::{target:x}");

    private static MacAddress MacOf(int target) => MacAddress.FromBytes([2, 0, 0, 1, (byte)(target >> 8), (byte)target]);
}
