using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Kernel;
using Lodestone.Bpf;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;

namespace Lodestone.Agent.Trace;

/// <summary>The programs of the uplink or of a NIC, of this release, loaded a second time over copies of the maps and attached to nothing.</summary>
/// <remarks>
/// What they count and record stays in the copies, so a traced packet leaves no mark. Where a <see cref="Tag"/> is that of the
/// attached program, both are the same instructions.
/// </remarks>
public sealed class DatapathReplica : IDisposable
{
    private const string XdpProgram = "lodestone_xdp";
    private const string UplinkProgram = "lodestone_up";
    private const string TranslateProgram = "lodestone_translate";
    private const string NicProgram = "lodestone_nic";
    private const string TcProgram = DatapathPins.TcProgram;

    /// <summary>Room for what a packet leaves behind in maps that forget what was used least recently; they forget by CPU, long before they are full.</summary>
    private const uint RecordEntries = 1024;

    private readonly BpfObject _object;
    private readonly string _program;

    private DatapathReplica(BpfObject loaded, string program) => (_object, _program) = (loaded, program);

    /// <summary>The kernel's digest of the instructions: of the uplink's XDP program, or of the NIC's.</summary>
    public string Tag => _object.Programs[_program].Tag;

    /// <summary>The same of the uplink's tc program; null of a NIC's replica.</summary>
    public string? HandOverTag => _program == XdpProgram ? _object.Programs[UplinkProgram].Tag : null;

    /// <summary>Loads the uplink's programs over a copy of the maps.</summary>
    /// <param name="sizes">Entries of arrays by map name: <see cref="PinnedDatapath.Sizes"/>.</param>
    /// <param name="maps">What they hold: <see cref="PinnedDatapath.Read"/>.</param>
    /// <param name="isServedByTc">The one program that serves in tc, not XDP's and the one it hands over to.</param>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static DatapathReplica LoadUplink(IReadOnlyDictionary<string, uint> sizes, DatapathMaps maps, bool isServedByTc) =>
        Load(sizes, maps, isServedByTc ? [TcProgram] : [XdpProgram, UplinkProgram, TranslateProgram]);

    /// <summary>Loads a NIC's program over a copy of the maps.</summary>
    /// <param name="sizes">As of the other.</param>
    /// <param name="maps">What they hold, with that of <see cref="PinnedDatapath.ReadNic"/>.</param>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static DatapathReplica LoadNic(IReadOnlyDictionary<string, uint> sizes, DatapathMaps maps) => Load(sizes, maps, [NicProgram]);

    /// <summary>Runs an uplink's XDP program on a frame and reads what it did with it; <see cref="ProgramRun.Verdict"/> is not known.</summary>
    public static ProgramRun Run(BpfProgram program, ReadOnlySpan<byte> frame)
    {
        ArgumentNullException.ThrowIfNull(program);
        BpfTestRun run = program.TestRun(frame);
        bool toPeer = run.ReturnValue == XdpAction.Pass
            && run.Data.Length >= Unsafe.SizeOf<Delivery>() + EthernetHeader.Size
            && MemoryMarshal.Read<Delivery>(run.Data).Magic is Delivery.ExpectedMagic or Delivery.TranslatedMagic or Delivery.TranslatedOutMagic;
        PacketAction action = run.ReturnValue switch
        {
            XdpAction.Pass => toPeer ? PacketAction.DeliverToPeer : PacketAction.Pass,
            XdpAction.Transmit => PacketAction.Transmit,
            XdpAction.Redirect => PacketAction.Redirect,
            _ => PacketAction.Drop,
        };
        if (!toPeer)
        {
            return new ProgramRun(null, action, run.Data, 0);
        }

        Delivery delivery = MemoryMarshal.Read<Delivery>(run.Data);
        return new ProgramRun(null, action, run.Data[Unsafe.SizeOf<Delivery>()..], delivery.Ifindex) { Magic = delivery.Magic };
    }

    /// <summary>Runs a NIC's program on a frame as if a workload had sent it; <see cref="ProgramRun.Verdict"/> is not known.</summary>
    /// <param name="program">The program.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="ifindex">The NIC's device, on the host's side, in the caller's network namespace.</param>
    /// <exception cref="BpfException">There is no such device, or the kernel refused.</exception>
    public static ProgramRun RunAtNic(BpfProgram program, ReadOnlySpan<byte> frame, uint ifindex)
    {
        ArgumentNullException.ThrowIfNull(program);
        return OfTc(program.TestRun(frame, TcContext.AtDevice(ifindex)));
    }

    /// <summary>Runs an uplink's tc program on a frame; <see cref="ProgramRun.Verdict"/> is not known.</summary>
    public static ProgramRun RunInTc(BpfProgram program, ReadOnlySpan<byte> frame)
    {
        ArgumentNullException.ThrowIfNull(program);
        return OfTc(program.TestRun(frame));
    }

    /// <summary>Runs the copy of the uplink's program on a frame. Once: what it records would meet the next packet.</summary>
    public ProgramRun Run(ReadOnlySpan<byte> frame) =>
        Counted(_program == TcProgram ? RunInTc(_object.Programs[TcProgram], frame) : Run(_object.Programs[XdpProgram], frame));

    /// <summary>Runs the copy of a NIC's program on a frame, likewise once.</summary>
    public ProgramRun RunAtNic(ReadOnlySpan<byte> frame, uint ifindex) => Counted(RunAtNic(_object.Programs[NicProgram], frame, ifindex));

    /// <summary>
    /// What <c>lodestone_up</c> does with what the uplink's XDP program handed over. A test run has no room in front of a packet for what XDP
    /// puts there, so it is <c>lodestone_translate</c> that runs: the part of it that changes the packet.
    /// </summary>
    /// <param name="handed">What was handed over.</param>
    public ProgramRun HandOver(ProgramRun handed)
    {
        ArgumentNullException.ThrowIfNull(handed);
        if (handed.Magic == Delivery.ExpectedMagic)
        {
            return handed with { Verdict = Verdict.DeliverLocal, Action = PacketAction.Redirect };
        }

        ProgramRun run = OfTc(_object.Programs[TranslateProgram].TestRun(handed.Packet, TcContext.WithMemory(handed.Ifindex)));
        Verdict verdict = run.Action == PacketAction.Drop ? Verdict.DropTranslation
            : Counts(Verdict.Translated) ? Verdict.Translated
            : Verdict.DeliverLocal;
        return run with
        {
            Verdict = verdict,
            Action = run.Action == PacketAction.Drop ? PacketAction.Drop : PacketAction.Redirect,
            Ifindex = handed.Ifindex,
            Magic = handed.Magic,
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _object.Dispose();

    private static DatapathReplica Load(IReadOnlyDictionary<string, uint> arrays, DatapathMaps maps, string[] programs)
    {
        ArgumentNullException.ThrowIfNull(maps);
        var sizes = new Dictionary<string, uint>(arrays)
        {
            ["quic_servers"] = RoomFor(maps.QuicServers.Count),
            ["translations"] = RoomFor(maps.Translations.Count),
            ["nic_sources"] = RoomFor(maps.NicSources.Count),
            ["routes"] = RoomFor(maps.Routes.Count),
            ["translated_flows"] = RecordEntries,
            ["translated_new"] = RecordEntries,
        };
        BpfObject loaded = BpfObject.Load(LodestoneObjects.Datapath, new BpfLoadOptions { MapSizes = sizes, Programs = programs, Name = "trace" });
        try
        {
            Write(loaded, "config", [maps.Config]);
            Write(loaded, "vips", maps.Vips);
            Write(loaded, "rings", maps.Rings);
            Write(loaded, "reals", maps.Reals);
            Write(loaded, "flows", maps.Flows);
            Write(loaded, "port_bitmaps", maps.PortBitmaps);
            Write(loaded, "quic_servers", maps.QuicServers);
            Write(loaded, "routes", maps.Routes);
            Write(loaded, "translations", ByDevice(maps.Translations));
            Write(loaded, "nic_sources", ByDevice(maps.NicSources));
            Write(loaded, "translated_flows", maps.TranslatedFlows);
            Write(loaded, "translated_new", maps.TranslatedNew);
            return new DatapathReplica(loaded, programs[0]);
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    private static uint RoomFor(int entries) => (uint)Math.Max(entries, 1);

    private static Dictionary<NicSourceKey, TValue> ByDevice<TValue>(Dictionary<(uint Ifindex, DatapathAddress Address), TValue> entries) =>
        entries.ToDictionary(entry => new NicSourceKey { Ifindex = entry.Key.Ifindex, Addr = entry.Key.Address }, entry => entry.Value);

    private static ProgramRun OfTc(BpfTestRun run) => new(
        null,
        run.ReturnValue switch
        {
            TcAction.Shot => PacketAction.Drop,
            TcAction.Redirect => PacketAction.Redirect,
            _ => PacketAction.Pass,
        },
        run.Data,
        0);

    private static void Write<T>(BpfObject loaded, string map, T[] values)
        where T : unmanaged
    {
        using BpfArray<T> array = loaded.Maps[map].Mmap<T>();
        values.CopyTo(array.Span);
    }

    private static void Write<TKey, TValue>(BpfObject loaded, string map, Dictionary<TKey, TValue> entries)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        foreach ((TKey key, TValue value) in entries)
        {
            loaded.Maps[map].Update(key, value);
        }
    }

    private ProgramRun Counted(ProgramRun run)
    {
        // Beside the verdict of the delivery, which did not come to be.
        if (Counts(Verdict.DropTranslation))
        {
            return run with { Verdict = Verdict.DropTranslation };
        }

        for (uint verdict = 0; verdict < Mirrors.VerdictMax; verdict++)
        {
            if ((Verdict)verdict != Verdict.Translated && Counts((Verdict)verdict))
            {
                return run with { Verdict = (Verdict)verdict };
            }
        }

        return run;
    }

    private bool Counts(Verdict verdict) => PerCpuCounters.Sum(_object.Maps["verdicts"], (uint)verdict).Packets > 0;
}
