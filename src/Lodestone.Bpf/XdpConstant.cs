using Lodestone.Bpf.Interop;

namespace Lodestone.Bpf;

/// <summary>XDP programs of two instructions: the same for every packet.</summary>
internal static unsafe class XdpConstant
{
    private const int ProgramTypeXdp = 6;
    private const uint FlagUpdateIfNoneExists = 1 << 0;
    private const uint FlagNative = 1 << 2;
    private const uint HasFrags = 1 << 5; // BPF_F_XDP_HAS_FRAGS

    /// <summary>Attaches one in the driver. It stays until the device goes.</summary>
    /// <param name="name">Its name in the kernel.</param>
    /// <param name="action">What it returns, of <c>enum xdp_action</c>.</param>
    /// <param name="ifindex">The device, in the network namespace of the calling thread.</param>
    /// <param name="frags">Whether it takes packets of several buffers, as a large MTU needs.</param>
    /// <exception cref="BpfException">The kernel refused, for instance because another program is there.</exception>
    public static void Attach(string name, uint action, int ifindex, bool frags)
    {
        // struct bpf_insn: r0 = action; exit.
        ReadOnlySpan<ulong> instructions = [((ulong)action << 32) | 0xb7, 0x95];
        fixed (ulong* first = instructions)
        {
            LibBpf.ProgramLoadOptions options = new() { Size = (nuint)sizeof(LibBpf.ProgramLoadOptions), Flags = frags ? HasFrags : 0 };
            int fd = LibBpf.bpf_prog_load(ProgramTypeXdp, name, "GPL", first, (nuint)instructions.Length, &options);
            BpfException.Check(fd, $"load program '{name}'");
            using var program = new FdHandle(fd);
            BpfException.Check(LibBpf.bpf_xdp_attach(ifindex, program, FlagNative | FlagUpdateIfNoneExists, null), $"attach program '{name}' to device {ifindex}");
        }
    }
}
