using Lodestone.Bpf;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;
using Lodestone.Datapath.Tables;
using Lodestone.Datapath.Trace;

namespace Lodestone.Agent.Trace;

/// <summary>A packet followed through this machine's data path.</summary>
/// <param name="Explanation">The decisions, read from the maps.</param>
/// <param name="Replica">What the program made of it, run on a copy of the maps.</param>
/// <param name="ReplicaTag">Digest of that program.</param>
/// <param name="Attached">What the attached program made of it on the maps themselves; null where it was not asked to.</param>
public sealed record PacketTrace(PacketExplanation Explanation, ProgramRun Replica, string ReplicaTag, ProgramRun? Attached)
{
    /// <summary>Not the uplink's: the far end of the wire.</summary>
    private static readonly MacAddress Neighbour = MacAddress.Parse("02:00:00:00:00:01");

    /// <summary>What became of the packet: the program's word.</summary>
    public Verdict Verdict => Replica.Verdict ?? Explanation.Result.Verdict;

    /// <summary>Whether model and program agree, and the attached one, where it ran, with both.</summary>
    public bool IsConsistent =>
        Replica.Verdict == Explanation.Result.Verdict && Agree(Replica, Explanation.Result.Action, Explanation.Result.Packet)
        && (Attached is null || Agree(Attached, Replica.Action, Replica.Packet));

    /// <summary>Traces a packet.</summary>
    /// <param name="datapath">This machine's data path.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="time">The clock; the system's, whose monotonic clock packets read too.</param>
    /// <param name="runAttached">
    /// Whether to run the attached program on the maps themselves as well. That is a packet like any other: counted, and recorded in a slot in transition.
    /// </param>
    /// <exception cref="BpfException">The kernel refused, or nothing is attached and <paramref name="runAttached"/> is set.</exception>
    public static PacketTrace Take(PinnedDatapath datapath, TracePacket packet, TimeProvider time, bool runAttached)
    {
        ArgumentNullException.ThrowIfNull(datapath);
        ArgumentNullException.ThrowIfNull(packet);
        ArgumentNullException.ThrowIfNull(time);
        DatapathMaps maps = datapath.Read();
        byte[] frame = packet.ToFrame(maps.Config.UplinkMac, Neighbour);
        ulong monotonic = (ulong)((Int128)time.GetTimestamp() * 1_000_000_000 / time.TimestampFrequency);

        // The copy is filled before the model writes into what it was filled from.
        using DatapathReplica replica = DatapathReplica.Load(datapath.Sizes, maps);
        PacketExplanation explanation = PacketExplainer.Explain(maps, packet, frame, FlowTable.Age(monotonic));
        ProgramRun? attached = null;
        if (runAttached)
        {
            attached = DatapathReplica.Run(datapath.Program ?? throw new BpfException("no program is attached to run"), frame);
        }

        return new PacketTrace(explanation, replica.Run(frame), replica.Tag, attached);
    }

    private static bool Agree(ProgramRun run, PacketAction action, ReadOnlySpan<byte> packet) =>
        run.Action == action && (action == PacketAction.Drop || run.Packet.AsSpan().SequenceEqual(packet));
}
