using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Model;

/// <summary>The data path in plain C#: what the three BPF programs do, written to be read. Not thread-safe.</summary>
/// <remarks>
/// This is the specification. A property test drives the programs and the model with the same maps and packets and compares
/// verdicts, bytes and the flow table. Packets are whole Ethernet frames.
/// </remarks>
public sealed class DatapathModel
{
    private readonly UplinkModel _uplink;
    private readonly NicModel _nic;

    /// <summary>A model of programs that use these maps.</summary>
    public DatapathModel(DatapathMaps maps)
    {
        ArgumentNullException.ThrowIfNull(maps);
        _uplink = new UplinkModel(maps);
        _nic = new NicModel(maps);
    }

    /// <summary><c>lodestone_xdp</c>: a frame that comes in at the uplink.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="now">The clock of the flow table (<see cref="Tables.FlowTable.Age"/>).</param>
    public PacketResult AtUplink(ReadOnlySpan<byte> frame, byte now) => _uplink.Process(frame, now);

    /// <summary><c>lodestone_up</c>: what <see cref="AtUplink"/> left to the kernel, with what it put in front.</summary>
    public static PacketResult AfterUplink(ReadOnlySpan<byte> frame, Delivery? delivery) =>
        delivery is { Magic: Delivery.ExpectedMagic } peer
            ? new PacketResult(Verdict.DeliverLocal, PacketAction.DeliverToPeer, frame.ToArray(), peer.Ifindex)
            : new PacketResult(Verdict.PassNoDelivery, PacketAction.Pass, frame.ToArray(), 0);

    /// <summary><c>lodestone_nic</c>: a frame that a workload sends.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="ifindex">The NIC's device, on the host's side.</param>
    public PacketResult AtNic(ReadOnlySpan<byte> frame, uint ifindex) => _nic.Process(frame, ifindex);
}
