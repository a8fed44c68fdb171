using System.Runtime.InteropServices;
using Lodestone.Bpf.Interop;

namespace Lodestone.Bpf;

/// <summary>Which XDP program runs at a device, and who keeps it there.</summary>
/// <param name="Ifindex">The device, in the network namespace of the thread that asked.</param>
/// <param name="Mode">Where it runs; <see cref="XdpMode.None"/> when there is none.</param>
/// <param name="ProgramId">The program; of several, the one nearest to the wire. 0 when there is none.</param>
public sealed unsafe record XdpState(int Ifindex, XdpMode Mode, uint ProgramId)
{
    private const uint XdpLinkType = 6;
    private const int NoEntry = 2;

    /// <summary>The program's name; null where the right to ask (CAP_SYS_ADMIN) is missing, or there is no program.</summary>
    public string? ProgramName { get; private init; }

    /// <summary>The link that holds it; null: it was attached over netlink, or the right to ask is missing.</summary>
    public uint? LinkId { get; private init; }

    /// <summary>Whether <see cref="LinkId"/> could be looked for.</summary>
    public bool IsLinkKnown { get; private init; }

    /// <summary>Asks the kernel.</summary>
    /// <exception cref="BpfException">There is no such device.</exception>
    public static XdpState Of(int ifindex)
    {
        LibBpf.XdpQueryOptions options = new() { Size = (nuint)sizeof(LibBpf.XdpQueryOptions) };
        BpfException.Check(LibBpf.bpf_xdp_query(ifindex, 0, &options), $"ask for the XDP mode of device {ifindex}");
        XdpMode mode = options.AttachMode switch
        {
            1 => XdpMode.Native,
            2 => XdpMode.Generic,
            3 => XdpMode.Offloaded,
            4 => XdpMode.Several,
            _ => XdpMode.None,
        };
        uint program = mode switch
        {
            XdpMode.Native => options.DriverProgramId,
            XdpMode.Generic => options.GenericProgramId,
            XdpMode.Offloaded => options.HardwareProgramId,
            _ => options.HardwareProgramId != 0 ? options.HardwareProgramId : options.DriverProgramId != 0 ? options.DriverProgramId : options.GenericProgramId,
        };
        if (mode == XdpMode.None)
        {
            return new XdpState(ifindex, XdpMode.None, 0);
        }

        uint? link = FindLink(ifindex, out bool known);
        return new XdpState(ifindex, mode, program) { ProgramName = BpfProgram.NameOf(program), LinkId = link, IsLinkKnown = known };
    }

    /// <summary>Why our program is not attached, and what to do.</summary>
    internal string Refusal()
    {
        string mode = Mode.ToString().ToLowerInvariant();
        string holder = !IsLinkKnown ? "" : LinkId is { } link ? $", held by link {link}" : ", attached over netlink";
        string name = ProgramName is null ? "" : $" '{ProgramName}'";
        string off = Mode switch
        {
            XdpMode.Generic => "xdpgeneric",
            XdpMode.Offloaded => "xdpoffload",
            _ => "xdp",
        };
        string device = DeviceName(Ifindex) ?? $"{Ifindex}";
        string remedy = LinkId is { } held
            ? $"'bpftool link detach id {held}'"
            : IsLinkKnown ? $"'ip link set dev {device} {off} off'" : $"'ip link set dev {device} {off} off' or 'bpftool link detach'";
        string whose = ProgramName?.StartsWith("lodestone_", StringComparison.Ordinal) == true
            ? "; it is another Lodestone agent's: stop that one, or run this one with its --pin-directory"
            : "; it is not Lodestone's and is left alone";
        return $"{NameOf(Ifindex)} already runs XDP program{name} (id {ProgramId}, {mode}{holder}){whose}. "
            + $"Take it off with {remedy} once nothing needs it, or name another uplink";
    }

    /// <summary>For messages.</summary>
    internal static string NameOf(int ifindex) => DeviceName(ifindex) is { } name ? $"device {name} (index {ifindex})" : $"device {ifindex}";

    private static string? DeviceName(int ifindex)
    {
        byte* buffer = stackalloc byte[16];
        return LibC.if_indextoname((uint)ifindex, buffer) == 0 ? null : Marshal.PtrToStringUTF8((nint)buffer);
    }

    /// <summary>Walks all links: a device does not tell which holds its program.</summary>
    private static uint? FindLink(int ifindex, out bool known)
    {
        uint id = 0;
        int result;
        while ((result = LibBpf.bpf_link_get_next_id(id, &id)) == 0)
        {
            int fd = LibBpf.bpf_link_get_fd_by_id(id);
            if (fd == -NoEntry)
            {
                continue;
            }

            if (fd < 0)
            {
                result = fd;
                break;
            }

            using var handle = new FdHandle(fd);
            LibBpf.LinkInfo info = BpfLink.InfoOf(handle);

            // Links of other namespaces have indexes of their own: ask for the program too.
            if (info.Type == XdpLinkType && info.Ifindex == (uint)ifindex && Runs(ifindex, info.ProgramId))
            {
                known = true;
                return id;
            }
        }

        known = result == -NoEntry;
        return null;
    }

    private static bool Runs(int ifindex, uint program)
    {
        LibBpf.XdpQueryOptions options = new() { Size = (nuint)sizeof(LibBpf.XdpQueryOptions) };
        return LibBpf.bpf_xdp_query(ifindex, 0, &options) == 0
            && (options.DriverProgramId == program || options.GenericProgramId == program || options.HardwareProgramId == program);
    }
}
