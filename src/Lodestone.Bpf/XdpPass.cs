using Lodestone.Bpf.Interop;

namespace Lodestone.Bpf;

/// <summary>An XDP program that passes every packet on: what the far end of a veth needs so that frames sent back by XDP (XDP_TX) arrive there.</summary>
/// <remarks>
/// GRO at the far end makes such frames be taken, but only an XDP program there makes the kernel wake the receiver for each batch
/// (veth_xdp_flush in drivers/net/veth.c asks for one); without, they lie until something else wakes it, and 256 of them fill its ring.
/// </remarks>
public static unsafe class XdpPass
{
    private const int ProgramTypeXdp = 6;
    private const uint FlagUpdateIfNoneExists = 1 << 0;
    private const uint FlagNative = 1 << 2;

    /// <summary>Attaches it in the driver. It stays until the device goes.</summary>
    /// <param name="ifindex">The device, in the network namespace of the calling thread.</param>
    /// <exception cref="BpfException">The kernel refused, for instance because another program is there.</exception>
    public static void Attach(int ifindex)
    {
        // struct bpf_insn: r0 = 2 (XDP_PASS); exit.
        ReadOnlySpan<ulong> instructions = [2UL << 32 | 0xb7, 0x95];
        fixed (ulong* first = instructions)
        {
            int fd = LibBpf.bpf_prog_load(ProgramTypeXdp, "xdp_pass", "GPL", first, (nuint)instructions.Length, null);
            BpfException.Check(fd, "load program 'xdp_pass'");
            using var program = new FdHandle(fd);
            BpfException.Check(LibBpf.bpf_xdp_attach(ifindex, program, FlagNative | FlagUpdateIfNoneExists, null), $"attach program 'xdp_pass' to device {ifindex}");
        }
    }
}
