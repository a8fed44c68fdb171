using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Model;

/// <summary>The data path in plain C#: what the BPF programs do, written to be read. Not thread-safe.</summary>
/// <remarks>
/// This is the specification. A property test drives the programs and the model with the same maps and packets and compares
/// verdicts, bytes and the flow table. Packets are whole Ethernet frames.
/// </remarks>
public sealed class DatapathModel
{
    private readonly UplinkModel _uplink;
    private readonly NicModel _nic;
    private readonly TranslationModel _translation;

    /// <summary>A model of programs that use these maps.</summary>
    public DatapathModel(DatapathMaps maps)
    {
        ArgumentNullException.ThrowIfNull(maps);
        _uplink = new UplinkModel(maps);
        _nic = new NicModel(maps);
        _translation = new TranslationModel(maps);
    }

    /// <summary><c>lodestone_xdp</c>: a frame that comes in at the uplink.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="now">The clock of the flow table (<see cref="Tables.FlowTable.Clock"/>).</param>
    public PacketResult AtUplink(ReadOnlySpan<byte> frame, uint now) => _uplink.Process(frame, now);

    /// <summary><c>lodestone_up</c>: what <see cref="AtUplink"/> left to the kernel, with what it put in front.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="delivery">What is in front of it, if anything.</param>
    /// <param name="now">The clock of the flow table.</param>
    public PacketResult AfterUplink(ReadOnlySpan<byte> frame, Delivery? delivery, uint now)
    {
        byte[] packet = frame.ToArray();
        if (delivery is not { Magic: Delivery.ExpectedMagic or Delivery.TranslatedMagic or Delivery.TranslatedOutMagic } to)
        {
            return new PacketResult(Verdict.PassNoDelivery, PacketAction.Pass, packet, 0);
        }

        Verdict verdict = to.Magic == Delivery.ExpectedMagic ? Verdict.None : _translation.In(packet, to.Ifindex, now);
        return verdict == Verdict.DropTranslation
            ? new PacketResult(verdict, PacketAction.Drop, packet, 0)
            : new PacketResult(
                verdict == Verdict.None ? Verdict.DeliverLocal : verdict,
                to.Magic == Delivery.TranslatedOutMagic ? PacketAction.Redirect : PacketAction.DeliverToPeer,
                packet,
                to.Ifindex);
    }

    /// <summary><c>lodestone_translate</c>: a frame into the NIC of a device, as <see cref="AfterUplink"/> has it translated.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="ifindex">The NIC's device.</param>
    /// <param name="now">The clock of the flow table.</param>
    public PacketResult IntoNic(ReadOnlySpan<byte> frame, uint ifindex, uint now)
    {
        byte[] packet = frame.ToArray();
        Verdict verdict = _translation.In(packet, ifindex, now);
        return new PacketResult(
            verdict == Verdict.None ? Verdict.PassNoDelivery : verdict,
            verdict == Verdict.DropTranslation ? PacketAction.Drop : PacketAction.Pass,
            packet,
            0);
    }

    /// <summary><c>lodestone_probe</c>: a health check that the agent sends to the NIC of a device, a veth.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="ifindex">The NIC's device.</param>
    /// <param name="now">The clock of the flow table.</param>
    public PacketResult FromProber(ReadOnlySpan<byte> frame, uint ifindex, uint now)
    {
        byte[] packet = frame.ToArray();
        return _translation.Probe(packet, ifindex, now) == Verdict.DropTranslation
            ? new PacketResult(Verdict.DropTranslation, PacketAction.Drop, packet, 0)
            : new PacketResult(Verdict.Probe, PacketAction.DeliverToPeer, packet, ifindex);
    }

    /// <summary><c>lodestone_nic</c>: a frame that a workload sends.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="ifindex">The NIC's device, on the host's side.</param>
    /// <param name="now">The clock of the flow table.</param>
    /// <param name="segmentBytes">Payload of each segment that a device is to make of the frame (the kernel's <c>gso_size</c>); 0: none are made.</param>
    public PacketResult AtNic(ReadOnlySpan<byte> frame, uint ifindex, uint now, int segmentBytes = 0) => _nic.Process(frame, ifindex, now, segmentBytes);
}
