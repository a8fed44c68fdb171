using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;

namespace Lodestone.Agent.Trace;

/// <summary>What the program did with a frame.</summary>
/// <param name="Verdict">The verdict it counted; null where the counters are not ours alone and so don't tell.</param>
/// <param name="Action">Where the frame goes.</param>
/// <param name="Packet">The frame as it goes there; of no meaning when it is dropped.</param>
/// <param name="Ifindex">The veth whose far end gets it, for <see cref="PacketAction.DeliverToPeer"/>; else 0: a test run doesn't tell.</param>
public sealed record ProgramRun(Verdict? Verdict, PacketAction Action, byte[] Packet, uint Ifindex);
