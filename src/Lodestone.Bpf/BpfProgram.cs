using System.Runtime.InteropServices;
using Lodestone.Bpf.Interop;

namespace Lodestone.Bpf;

/// <summary>A loaded program.</summary>
public sealed unsafe class BpfProgram : IDisposable
{
    /// <summary>Room for what a program may put in front of a packet.</summary>
    private const int Headroom = 512;

    private readonly FdHandle _fd;

    internal BpfProgram(FdHandle fd, string name)
    {
        _fd = fd;
        Name = name;
        LibBpf.ProgramInfo info = InfoOf(fd, name);
        Id = info.Id;
        (VerifiedInstructions, TranslatedBytes, JitedBytes) = (info.VerifiedInstructions, info.TranslatedLength, info.JitedLength);
        Tag = Convert.ToHexStringLower(new ReadOnlySpan<byte>(info.Tag, 8));
    }

    /// <summary>The name in the object.</summary>
    public string Name { get; }

    /// <summary>Unique while the program lives; a link tells which program it runs by it.</summary>
    public uint Id { get; }

    /// <summary>The kernel's digest of the instructions, as bpftool shows it: programs of one tag do the same, each on its own maps.</summary>
    public string Tag { get; }

    /// <summary>Instructions that the verifier went through when it was loaded; at most 1,000,000. 0 before Linux 5.16.</summary>
    public uint VerifiedInstructions { get; }

    /// <summary>Bytes of BPF instructions as the kernel has them.</summary>
    public uint TranslatedBytes { get; }

    /// <summary>Bytes of machine code; 0 without a JIT.</summary>
    public uint JitedBytes { get; }

    /// <summary>The verifier's totals; empty unless <see cref="BpfLoadOptions.Statistics"/> asked for them.</summary>
    public VerifierStatistics? Statistics { get; internal init; }

    internal FdHandle Handle => _fd;

    /// <summary>Opens a program by its pin; needs CAP_BPF.</summary>
    /// <exception cref="BpfException">Nothing is pinned there.</exception>
    public static BpfProgram OpenPinned(string path) =>
        new(new FdHandle(BpfException.Check(LibBpf.bpf_obj_get(path), $"open the program pinned at {path}")), Path.GetFileName(path));

    /// <summary>Pins the program in a BPF file system.</summary>
    public void Pin(string path) => BpfException.Check(LibBpf.bpf_obj_pin(_fd, path), $"pin program '{Name}' at {path}");

    /// <summary>Opens a program that is loaded already; needs CAP_SYS_ADMIN.</summary>
    /// <param name="id">Its <see cref="Id"/>.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <exception cref="BpfException">There is none, or the privilege is missing.</exception>
    public static BpfProgram OpenById(uint id, string name) =>
        new(new FdHandle(BpfException.Check(LibBpf.bpf_prog_get_fd_by_id(id), $"open program '{name}' by its id {id}")), name);

    /// <summary>Runs the program in the kernel on a packet (BPF_PROG_TEST_RUN), attached or not.</summary>
    /// <param name="packet">The packet, from its Ethernet header. With <paramref name="repeat"/> it is not restored between runs.</param>
    /// <param name="context">The start of <c>struct xdp_md</c> or <c>struct __sk_buff</c>; empty for none.</param>
    /// <param name="repeat">How often.</param>
    public BpfTestRun TestRun(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> context = default, int repeat = 1)
    {
        byte[] data = new byte[packet.Length + Headroom];
        byte[] contextOut = new byte[context.Length];
        data.AsSpan().Fill(0xff);
        contextOut.AsSpan().Fill(0xff);
        fixed (byte* dataIn = packet, dataOut = data, ctxIn = context, ctxOut = contextOut)
        {
            LibBpf.TestRunOptions options = new()
            {
                Size = (nuint)sizeof(LibBpf.TestRunOptions),
                DataIn = dataIn,
                DataSizeIn = (uint)packet.Length,
                DataOut = dataOut,
                DataSizeOut = (uint)data.Length,
                ContextIn = ctxIn,
                ContextSizeIn = (uint)context.Length,
                ContextOut = ctxOut,
                ContextSizeOut = (uint)context.Length,
                Repeat = repeat,
            };
            BpfException.Check(
                LibBpf.bpf_prog_test_run_opts(_fd, &options),
                $"run program '{Name}' on a packet of {packet.Length} bytes");
            return new BpfTestRun(
                options.ReturnValue,
                data[..(int)options.DataSizeOut],
                contextOut[..(int)options.ContextSizeOut],
                options.Duration);
        }
    }

    /// <summary>As the other, once, into a buffer of the caller's and without allocating.</summary>
    /// <param name="packet">The packet, from its Ethernet header.</param>
    /// <param name="output">The packet afterwards, metadata first; at least 512 bytes longer than <paramref name="packet"/>.</param>
    /// <param name="length">Bytes written.</param>
    /// <returns>The program's return value.</returns>
    public uint TestRun(ReadOnlySpan<byte> packet, Span<byte> output, out int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(output.Length, packet.Length + Headroom);
        fixed (byte* dataIn = packet, dataOut = output)
        {
            LibBpf.TestRunOptions options = new()
            {
                Size = (nuint)sizeof(LibBpf.TestRunOptions),
                DataIn = dataIn,
                DataSizeIn = (uint)packet.Length,
                DataOut = dataOut,
                DataSizeOut = (uint)output.Length,
                Repeat = 1,
            };
            int result = LibBpf.bpf_prog_test_run_opts(_fd, &options);
            if (result < 0)
            {
                throw BpfException.For(-result, $"run program '{Name}' on a packet of {packet.Length} bytes");
            }

            length = (int)options.DataSizeOut;
            return options.ReturnValue;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _fd.Dispose();

    /// <summary>The name that the kernel has for a program; null where there is none or the right to ask (CAP_SYS_ADMIN) is missing.</summary>
    internal static string? NameOf(uint id)
    {
        int fd = LibBpf.bpf_prog_get_fd_by_id(id);
        if (fd < 0)
        {
            return null;
        }

        using var handle = new FdHandle(fd);
        LibBpf.ProgramInfo info = InfoOf(handle, $"id {id}");
        return Marshal.PtrToStringUTF8((nint)info.Name);
    }

    private static LibBpf.ProgramInfo InfoOf(FdHandle fd, string name)
    {
        LibBpf.ProgramInfo info = default;
        uint size = (uint)sizeof(LibBpf.ProgramInfo);
        BpfException.Check(LibBpf.bpf_obj_get_info_by_fd(fd, &info, &size), $"ask for the id of program '{name}'");
        return info;
    }
}
