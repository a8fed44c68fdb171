using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Lodestone.Agent.Apply;
using Lodestone.Bpf;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;

namespace Lodestone.Agent.Trace;

/// <summary>The uplink's program of this release, loaded a second time over copies of the maps and attached to nothing.</summary>
/// <remarks>
/// What it counts and records stays in the copies, so a traced packet leaves no mark. Where its <see cref="Tag"/> is that of the
/// attached program, both are the same instructions.
/// </remarks>
public sealed class DatapathReplica : IDisposable
{
    private const string XdpProgram = "lodestone_xdp";

    private readonly BpfObject _object;

    private DatapathReplica(BpfObject loaded) => _object = loaded;

    /// <summary>The kernel's digest of the instructions.</summary>
    public string Tag => _object.Programs[XdpProgram].Tag;

    /// <summary>Loads the program over a copy of the maps.</summary>
    /// <param name="sizes">Entries by map name: <see cref="PinnedDatapath.Sizes"/>.</param>
    /// <param name="maps">What they hold: <see cref="PinnedDatapath.Read"/>.</param>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static DatapathReplica Load(IReadOnlyDictionary<string, uint> sizes, DatapathMaps maps)
    {
        ArgumentNullException.ThrowIfNull(maps);
        BpfObject loaded = BpfObject.Load(LodestoneObjects.Datapath, new BpfLoadOptions { MapSizes = sizes, Programs = [XdpProgram], Name = "trace" });
        try
        {
            Write(loaded, "config", [maps.Config]);
            Write(loaded, "vips", maps.Vips);
            Write(loaded, "rings", maps.Rings);
            Write(loaded, "reals", maps.Reals);
            Write(loaded, "flows", maps.Flows);
            Write(loaded, "port_bitmaps", maps.PortBitmaps);
            return new DatapathReplica(loaded);
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    /// <summary>Runs a program on a frame and reads what it did with it; <see cref="ProgramRun.Verdict"/> is not known.</summary>
    public static ProgramRun Run(BpfProgram program, ReadOnlySpan<byte> frame)
    {
        ArgumentNullException.ThrowIfNull(program);
        BpfTestRun run = program.TestRun(frame);
        bool toPeer = run.ReturnValue == XdpAction.Pass
            && run.Data.Length == Unsafe.SizeOf<Delivery>() + frame.Length
            && MemoryMarshal.Read<Delivery>(run.Data).Magic == Delivery.ExpectedMagic;
        PacketAction action = run.ReturnValue switch
        {
            XdpAction.Pass => toPeer ? PacketAction.DeliverToPeer : PacketAction.Pass,
            XdpAction.Transmit => PacketAction.Transmit,
            XdpAction.Redirect => PacketAction.Redirect,
            _ => PacketAction.Drop,
        };
        return toPeer
            ? new ProgramRun(null, action, run.Data[Unsafe.SizeOf<Delivery>()..], MemoryMarshal.Read<Delivery>(run.Data).Ifindex)
            : new ProgramRun(null, action, run.Data, 0);
    }

    /// <summary>Runs the copy on a frame. Once: what it records would meet the next packet.</summary>
    public ProgramRun Run(ReadOnlySpan<byte> frame)
    {
        ProgramRun run = Run(_object.Programs[XdpProgram], frame);
        for (uint verdict = 0; verdict < Mirrors.VerdictMax; verdict++)
        {
            if (PerCpuCounters.Sum(_object.Maps["verdicts"], verdict).Packets > 0)
            {
                return run with { Verdict = (Verdict)verdict };
            }
        }

        return run;
    }

    /// <inheritdoc/>
    public void Dispose() => _object.Dispose();

    private static void Write<T>(BpfObject loaded, string map, T[] values)
        where T : unmanaged
    {
        using BpfArray<T> array = loaded.Maps[map].Mmap<T>();
        values.CopyTo(array.Span);
    }
}
