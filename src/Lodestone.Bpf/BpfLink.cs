using Lodestone.Bpf.Interop;

namespace Lodestone.Bpf;

/// <summary>A program attached to a device. Disposing it detaches the program, unless the link is pinned.</summary>
public sealed unsafe class BpfLink : IDisposable
{
    private const uint AttachXdpType = 37;
    private const uint XdpFlagGeneric = 1 << 1;
    private const uint XdpFlagNative = 1 << 2;
    private const int OperationNotSupported = 95;
    private const int InvalidArgument = 22;

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
    public XdpMode Mode
    {
        get
        {
            LibBpf.XdpQueryOptions options = new() { Size = (nuint)sizeof(LibBpf.XdpQueryOptions) };
            BpfException.Check(LibBpf.bpf_xdp_query(Ifindex, 0, &options), $"ask for the XDP mode of device {Ifindex}");
            return options.AttachMode switch
            {
                1 => XdpMode.Native,
                2 => XdpMode.Generic,
                3 => XdpMode.Offloaded,
                4 => XdpMode.Several,
                _ => XdpMode.None,
            };
        }
    }

    /// <summary>Attaches an XDP program in the driver or, where that cannot, in the stack (<see cref="Mode"/> tells).</summary>
    /// <exception cref="BpfException">The kernel refused both, for instance because another XDP program is there.</exception>
    public static BpfLink AttachXdp(BpfProgram program, int ifindex)
    {
        ArgumentNullException.ThrowIfNull(program);
        int fd = Create(program, ifindex, AttachXdpType, XdpFlagNative);
        if (fd is -OperationNotSupported or -InvalidArgument)
        {
            fd = Create(program, ifindex, AttachXdpType, XdpFlagGeneric);
        }

        return new BpfLink(new FdHandle(BpfException.Check(fd, $"attach XDP program '{program.Name}' to device {ifindex}")));
    }

    /// <summary>Attaches a tc program behind those that are there already.</summary>
    /// <exception cref="BpfFeatureMissingException">The kernel is older than 6.6.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static BpfLink AttachTcx(BpfProgram program, int ifindex, TcxDirection direction)
    {
        ArgumentNullException.ThrowIfNull(program);
        int fd = Create(program, ifindex, (uint)direction, 0);
        if (fd == -InvalidArgument && Environment.OSVersion.Version < FirstKernelWithTcx)
        {
            throw new BpfFeatureMissingException("tcx", FirstKernelWithTcx, InvalidArgument);
        }

        return new BpfLink(new FdHandle(BpfException.Check(
            fd, $"attach program '{program.Name}' to tcx {(direction == TcxDirection.Ingress ? "ingress" : "egress")} of device {ifindex}")));
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

    private static int Create(BpfProgram program, int ifindex, uint type, uint flags)
    {
        LibBpf.LinkCreateOptions options = new() { Size = (nuint)sizeof(LibBpf.LinkCreateOptions), Flags = flags };
        return LibBpf.bpf_link_create(program.Handle, ifindex, type, &options);
    }

    private LibBpf.LinkInfo Info()
    {
        LibBpf.LinkInfo info = default;
        uint size = (uint)sizeof(LibBpf.LinkInfo);
        BpfException.Check(LibBpf.bpf_obj_get_info_by_fd(_fd, &info, &size), "ask for the state of a link");
        return info;
    }
}
