using Lodestone.Bpf.Interop;

namespace Lodestone.Bpf;

/// <summary>Our place in a device's clsact qdisc: how tc programs are attached to kernels without tcx (before 6.6).</summary>
/// <remarks>
/// The filter belongs to the device and outlives this process without a pin. It is a direct-action cls_bpf filter of the highest
/// priority; replacing its program is atomic (cls_bpf_change in net/sched/cls_bpf.c exchanges the filter under RCU).
/// </remarks>
public static unsafe class TcFilter
{
    /// <summary>The priority and handle of our filter.</summary>
    public const uint Priority = 1;

    /// <summary>"LODE" without its first letter: no other tool takes it by chance.</summary>
    public const uint Handle = 0x4f4445;

    private const int Ingress = 1; // BPF_TC_INGRESS
    private const uint Replace = 1; // BPF_TC_F_REPLACE
    private const int NoEntry = 2;
    private const int AlreadyExists = 17;
    private const int InvalidArgument = 22;

    /// <summary>Has the program run on what comes in at a device; replaces ours, refuses where the place is another's.</summary>
    /// <exception cref="DeviceOccupiedException">A filter that is not ours has our place.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static void Attach(BpfProgram program, int ifindex)
    {
        ArgumentNullException.ThrowIfNull(program);
        LibBpf.TcHook hook = HookOf(ifindex);
        int made = LibBpf.bpf_tc_hook_create(&hook);
        if (made != -AlreadyExists)
        {
            BpfException.Check(made, $"make the clsact qdisc of {XdpState.NameOf(ifindex)}");
        }

        uint there = ProgramAt(ifindex);
        if (there != 0 && BpfProgram.NameOf(there) is { } name && !name.StartsWith("lodestone_", StringComparison.Ordinal))
        {
            throw new DeviceOccupiedException(
                $"tc ingress of {XdpState.NameOf(ifindex)} already has program '{name}' (id {there}) at priority {Priority}, handle 0x{Handle:x};"
                + $" it is not Lodestone's and is left alone. Take it off with 'tc filter del dev DEVICE ingress pref {Priority}' once nothing needs it",
                AlreadyExists);
        }

        LibBpf.TcOptions options = OptionsOf();
        options.ProgramFd = (int)program.Handle.DangerousGetHandle();
        options.Flags = there != 0 ? Replace : 0;
        int result = LibBpf.bpf_tc_attach(&hook, &options);
        GC.KeepAlive(program);
        if (result is -AlreadyExists or -InvalidArgument)
        {
            throw new DeviceOccupiedException(
                $"tc ingress of {XdpState.NameOf(ifindex)} has a filter of another kind or protocol at priority {Priority}, which Lodestone's has to run before;"
                + $" give that one another priority ('tc filter show dev DEVICE ingress' lists it)",
                -result);
        }

        BpfException.Check(result, $"attach program '{program.Name}' to tc ingress of {XdpState.NameOf(ifindex)}");
    }

    /// <summary>Takes our filter off, if it is there. The qdisc stays: others may have filters in it.</summary>
    public static void Detach(int ifindex)
    {
        LibBpf.TcHook hook = HookOf(ifindex);
        LibBpf.TcOptions options = OptionsOf();
        _ = LibBpf.bpf_tc_detach(&hook, &options);
    }

    /// <summary>The program of our filter; 0 when there is none.</summary>
    public static uint ProgramAt(int ifindex)
    {
        LibBpf.TcHook hook = HookOf(ifindex);
        LibBpf.TcOptions options = OptionsOf();
        int result = LibBpf.bpf_tc_query(&hook, &options);
        return result is -NoEntry or -InvalidArgument ? 0 : result < 0 ? 0 : options.ProgramId;
    }

    private static LibBpf.TcHook HookOf(int ifindex) => new() { Size = (nuint)sizeof(LibBpf.TcHook), Ifindex = ifindex, AttachPoint = Ingress };

    private static LibBpf.TcOptions OptionsOf() => new() { Size = (nuint)sizeof(LibBpf.TcOptions), Handle = Handle, Priority = Priority };
}
