using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;

namespace Lodestone.Agent.Trace;

/// <summary>What the program did with a frame.</summary>
/// <param name="Verdict">The verdict it counted; null where the counters are not ours alone and so don't tell.</param>
/// <param name="Action">Where the frame goes. Of tc, whatever leaves by a device is <see cref="PacketAction.Redirect"/>: a test run doesn't tell more.</param>
/// <param name="Packet">The frame as it goes there; of no meaning when it is dropped.</param>
/// <param name="Ifindex">The NIC's device, for <see cref="PacketAction.DeliverToPeer"/>; else 0: a test run doesn't tell.</param>
public sealed record ProgramRun(Verdict? Verdict, PacketAction Action, byte[] Packet, uint Ifindex)
{
    /// <summary>With <see cref="PacketAction.DeliverToPeer"/>: what tc is told (<see cref="Delivery.Magic"/>).</summary>
    public uint Magic { get; init; } = Delivery.ExpectedMagic;
}
