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
        LibBpf.ProgramInfo info = default;
        uint size = (uint)sizeof(LibBpf.ProgramInfo);
        BpfException.Check(LibBpf.bpf_obj_get_info_by_fd(fd, &info, &size), $"ask for the id of program '{name}'");
        Id = info.Id;
        Tag = Convert.ToHexStringLower(new ReadOnlySpan<byte>(info.Tag, 8));
    }

    /// <summary>The name in the object.</summary>
    public string Name { get; }

    /// <summary>Unique while the program lives; a link tells which program it runs by it.</summary>
    public uint Id { get; }

    /// <summary>The kernel's digest of the instructions, as bpftool shows it: programs of one tag do the same, each on its own maps.</summary>
    public string Tag { get; }

    internal FdHandle Handle => _fd;

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

    /// <inheritdoc/>
    public void Dispose() => _fd.Dispose();
}
