using Lodestone.Bpf.Interop;

namespace Lodestone.Bpf;

/// <summary>A program attached to a device. Disposing it detaches the program, unless the link is pinned.</summary>
public sealed unsafe class BpfLink : IDisposable
{
    private const uint AttachXdpType = 37;
    private const uint XdpFlagGeneric = 1 << 1;
    private const uint XdpFlagNative = 1 << 2;
    private const uint BeforeAllOthers = 1 << 3; // BPF_F_BEFORE, of nobody in particular
    private const int Busy = 16;
    private const int AlreadyExists = 17;
    private const int InvalidArgument = 22;
    private const int OutOfRange = 34;

    private static readonly Version FirstKernelWithTcx = new(6, 6);

    private readonly FdHandle _fd;

    private BpfLink(FdHandle fd)
    {
        _fd = fd;
        LibBpf.LinkInfo info = Info();
        Id = info.Id;
        Ifindex = (int)info.Ifindex;
    }

    /// <summary>Unique while the link lives.</summary>
    public uint Id { get; }

    /// <summary>The device; 0 once it is gone.</summary>
    public int Ifindex { get; }

    /// <summary>The <see cref="BpfProgram.Id"/> of the program that runs now.</summary>
    public uint ProgramId => Info().ProgramId;

    /// <summary>Where the XDP program of this link's device runs, asked of the kernel; not for tcx links.</summary>
    public XdpMode Mode => XdpState.Of(Ifindex).Mode;

    /// <summary>Attaches an XDP program, by <see cref="XdpModeChoice.Auto"/> in the driver or, where that cannot, in the stack (<see cref="Mode"/> tells).</summary>
    /// <exception cref="DeviceOccupiedException">Another XDP program is there.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static BpfLink AttachXdp(BpfProgram program, int ifindex, XdpModeChoice choice = XdpModeChoice.Auto)
    {
        ArgumentNullException.ThrowIfNull(program);
        ThrowIfOccupied(ifindex);
        int fd = Create(program, ifindex, AttachXdpType, choice == XdpModeChoice.Generic ? XdpFlagGeneric : XdpFlagNative);
        if (fd is -Busy or -AlreadyExists)
        {
            ThrowIfOccupied(ifindex);
        }
        else if (fd < 0 && choice == XdpModeChoice.Auto)
        {
            // No XDP in the driver, or not with this MTU or these offloads: each driver has an error of its own for that.
            fd = Create(program, ifindex, AttachXdpType, XdpFlagGeneric);
        }

        string how = choice switch
        {
            XdpModeChoice.Native => " (native)",
            XdpModeChoice.Generic => " (generic)",
            _ => "",
        };
        return new BpfLink(new FdHandle(BpfException.Check(fd, $"attach XDP program '{program.Name}' to device {ifindex}{how}")));
    }

    /// <summary>Attaches a tc program in front of those that are there already: what one of them keeps to itself would never reach ours.</summary>
    /// <exception cref="BpfFeatureMissingException">The kernel is older than 6.6.</exception>
    /// <exception cref="DeviceOccupiedException">No room is left.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static BpfLink AttachTcx(BpfProgram program, int ifindex, TcxDirection direction)
    {
        ArgumentNullException.ThrowIfNull(program);
        int fd = Create(program, ifindex, (uint)direction, BeforeAllOthers);
        if (fd == -InvalidArgument && Environment.OSVersion.Version < FirstKernelWithTcx)
        {
            throw new BpfFeatureMissingException("tcx", FirstKernelWithTcx, InvalidArgument);
        }

        string where = direction == TcxDirection.Ingress ? "ingress" : "egress";
        if (fd == -OutOfRange)
        {
            throw new DeviceOccupiedException(
                $"attach program '{program.Name}' to tcx {where} of {XdpState.NameOf(ifindex)}: it has as many programs as it can hold (63);"
                + " 'bpftool net show' lists them, 'bpftool link detach id LINK' removes one",
                OutOfRange);
        }

        return new BpfLink(new FdHandle(BpfException.Check(fd, $"attach program '{program.Name}' to tcx {where} of device {ifindex}")));
    }

    /// <summary>Opens a link by its pin.</summary>
    /// <exception cref="BpfException">Nothing is pinned there.</exception>
    public static BpfLink OpenPinned(string path)
        => new(new FdHandle(BpfException.Check(LibBpf.bpf_obj_get(path), $"open the link pinned at {path}")));

    /// <summary>Pins the link in a BPF file system: it outlives this process until the file is removed.</summary>
    public void Pin(string path) => BpfException.Check(LibBpf.bpf_obj_pin(_fd, path), $"pin the link of device {Ifindex} at {path}");

    /// <summary>Replaces the program; every packet meets the old or the new one.</summary>
    public void Update(BpfProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        BpfException.Check(
            LibBpf.bpf_link_update(_fd, program.Handle, null),
            $"put program '{program.Name}' in place of the one at device {Ifindex}");
    }

    /// <summary>Detaches the program although the link may be pinned; the pin's file stays.</summary>
    public void Detach() => BpfException.Check(LibBpf.bpf_link_detach(_fd), $"detach the program at device {Ifindex}");

    /// <inheritdoc/>
    public void Dispose() => _fd.Dispose();

    /// <summary>Makes sure that no XDP program is at a device: one would meet packets before anything else does.</summary>
    /// <exception cref="DeviceOccupiedException">An XDP program is there.</exception>
    public static void ThrowIfOccupied(int ifindex)
    {
        XdpState state = XdpState.Of(ifindex);
        if (state.Mode != XdpMode.None)
        {
            throw new DeviceOccupiedException(state.Refusal(), Busy);
        }
    }

    private static int Create(BpfProgram program, int ifindex, uint type, uint flags)
    {
        LibBpf.LinkCreateOptions options = new() { Size = (nuint)sizeof(LibBpf.LinkCreateOptions), Flags = flags };
        return LibBpf.bpf_link_create(program.Handle, ifindex, type, &options);
    }

    private LibBpf.LinkInfo Info() => InfoOf(_fd);

    internal static LibBpf.LinkInfo InfoOf(FdHandle fd)
    {
        LibBpf.LinkInfo info = default;
        uint size = (uint)sizeof(LibBpf.LinkInfo);
        BpfException.Check(LibBpf.bpf_obj_get_info_by_fd(fd, &info, &size), "ask for the state of a link");
        return info;
    }
}
