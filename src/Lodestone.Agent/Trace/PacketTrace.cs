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
    /// <summary>Not the uplink's, nor a workload's that is known: the far end of the wire.</summary>
    private static readonly MacAddress Neighbour = MacAddress.Parse("02:00:00:00:00:01");

    /// <summary>What the uplink's tc program made of what its XDP program handed over, on the same copy; null where it hands nothing over.</summary>
    public ProgramRun? HandOver { get; init; }

    /// <summary>Digest of that program; null at a NIC.</summary>
    public string? HandOverTag { get; init; }

    /// <summary>What became of the packet: the program's word.</summary>
    public Verdict Verdict => HandOver is { Action: PacketAction.Drop, Verdict: { } dropped } ? dropped : Replica.Verdict ?? Explanation.Result.Verdict;

    /// <summary>Whether tc serves the uplink alone: it hands nothing over.</summary>
    public bool IsServedByTc { get; init; }

    /// <summary>Whether model and programs agree, and the attached one, where it ran, with both.</summary>
    public bool IsConsistent => (Attached is null || Agree(Attached, Replica.Action, Replica.Packet)) && (IsServedByTc ? IsConsistentInTc : IsConsistentInXdp);

    private bool IsConsistentInXdp =>
        Replica.Verdict == Explanation.Result.Verdict && Agree(Replica, Explanation.Result.Action, Explanation.Result.Packet)
        && HandOver?.Verdict == Explanation.HandOver?.Verdict
        && (HandOver is null || AgreeInTc(HandOver, Explanation.HandOver!.Action, Explanation.HandOver.Packet));

    private bool IsConsistentInTc
    {
        get
        {
            PacketResult last = Explanation.HandOver ?? Explanation.Result;
            Verdict verdict = last.Verdict == Verdict.DropTranslation ? last.Verdict : Explanation.Result.Verdict;
            return Replica.Verdict == verdict && AgreeInTc(Replica, Explanation.HandOver is null || last.Action == PacketAction.Drop ? last.Action : PacketAction.Redirect, last.Packet);
        }
    }

    private bool RunsInTc => Explanation.Nic is not null || IsServedByTc;

    /// <summary>Traces a packet that comes in at the uplink.</summary>
    /// <param name="datapath">This machine's data path.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="time">The clock; the system's, whose monotonic clock packets read too.</param>
    /// <param name="runAttached">
    /// Whether to run the attached program on the maps themselves as well. That is a packet like any other: counted, and recorded in a slot in transition.
    /// </param>
    /// <exception cref="BpfException">The kernel refused, or nothing is attached and <paramref name="runAttached"/> is set.</exception>
    public static PacketTrace Take(PinnedDatapath datapath, TracePacket packet, TimeProvider time, bool runAttached)
    {
        DatapathMaps maps = Read(datapath, packet, time);

        // In the VLAN that is served. Explained is what comes after its tags are off.
        uint vlans = maps.Config.Vlans;
        maps.Config = maps.Config with { Vlans = 0, Listening = Listening.None };
        byte[] frame = packet.ToFrame(maps.Config.UplinkMac, Neighbour);

        // The copy is filled before the model writes into what it was filled from.
        bool isServedByTc = datapath.IsServedByTc;
        using DatapathReplica replica = DatapathReplica.LoadUplink(datapath.Sizes, maps, isServedByTc);
        PacketExplanation explanation = PacketExplainer.Explain(maps, packet, frame, ClockOf(time));
        ProgramRun? attached = null;
        if (runAttached && isServedByTc)
        {
            attached = DatapathReplica.RunInTc(datapath.Program!, frame);
        }
        else if (runAttached)
        {
            byte[] tags = VlanTags.Of(vlans);
            attached = DatapathReplica.Run(datapath.Program ?? throw new BpfException("no program is attached to run"), VlanTags.Insert(frame, tags));
            if (attached.Action is PacketAction.Transmit or PacketAction.Pass)
            {
                attached = attached with { Packet = VlanTags.Strip(attached.Packet, tags.Length) };
            }
        }

        ProgramRun run = replica.Run(frame);
        return new PacketTrace(explanation, run, replica.Tag, attached)
        {
            HandOver = run.Action == PacketAction.DeliverToPeer ? replica.HandOver(run) : null,
            HandOverTag = replica.HandOverTag,
            IsServedByTc = isServedByTc,
        };
    }

    /// <summary>Traces a packet that a workload sends.</summary>
    /// <param name="datapath">This machine's data path.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="ifindex">The NIC's device, on the host's side, in the caller's network namespace.</param>
    /// <param name="time">As of the other.</param>
    /// <param name="attachedProgram">The program attached to the device, to run it on the maps themselves as well; null: don't.</param>
    /// <exception cref="BpfException">There is no such device, or the kernel refused.</exception>
    public static PacketTrace TakeAtNic(PinnedDatapath datapath, TracePacket packet, uint ifindex, TimeProvider time, BpfProgram? attachedProgram)
    {
        DatapathMaps maps = Read(datapath, packet, time);
        datapath.ReadNic(maps, packet, ifindex);
        maps.Config = maps.Config with { Listening = Listening.None };

        // Its gateway is this machine, whose every address it was told to have the uplink's MAC.
        MacAddress sender = maps.NicSources.TryGetValue((ifindex, default), out NicSource link) && link.Mac != default ? link.Mac : Neighbour;
        byte[] frame = packet.ToFrame(maps.Config.UplinkMac, sender);
        using DatapathReplica replica = DatapathReplica.LoadNic(datapath.Sizes, maps);
        PacketExplanation explanation = PacketExplainer.ExplainAtNic(maps, packet, frame, ifindex, ClockOf(time));
        ProgramRun? attached = attachedProgram is null ? null : DatapathReplica.RunAtNic(attachedProgram, frame, ifindex);
        return new PacketTrace(explanation, replica.RunAtNic(frame, ifindex), replica.Tag, attached);
    }

    private static DatapathMaps Read(PinnedDatapath datapath, TracePacket packet, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(datapath);
        ArgumentNullException.ThrowIfNull(packet);
        ArgumentNullException.ThrowIfNull(time);
        DatapathMaps maps = datapath.Read();
        if (packet.QuicConnectionId.Count > 0)
        {
            datapath.ReadQuicServers(maps);
        }

        return maps;
    }

    private static uint ClockOf(TimeProvider time) =>
        FlowTable.Clock((ulong)((Int128)time.GetTimestamp() * 1_000_000_000 / time.TimestampFrequency));

    private static bool AgreeInXdp(ProgramRun run, PacketAction action, ReadOnlySpan<byte> packet) =>
        run.Action == action && (action == PacketAction.Drop || run.Packet.AsSpan().SequenceEqual(packet));

    /// <summary>A test run of tc doesn't tell which way a packet leaves by a device.</summary>
    private static bool AgreeInTc(ProgramRun run, PacketAction action, ReadOnlySpan<byte> packet) =>
        AgreeInXdp(run, action is PacketAction.Drop or PacketAction.Pass ? action : PacketAction.Redirect, packet);

    private bool Agree(ProgramRun run, PacketAction action, ReadOnlySpan<byte> packet) =>
        RunsInTc ? AgreeInTc(run, action, packet) : AgreeInXdp(run, action, packet);
}
