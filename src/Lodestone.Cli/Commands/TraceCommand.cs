using System.Buffers;
using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

using Lodestone.Agent.Trace;
using Lodestone.Bpf;
using Lodestone.Cli.Hosting;
using Lodestone.Cli.Terminal;
using Lodestone.Cli.Trace;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Trace;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone trace</c>.</summary>
internal static class TraceCommand
{
    /// <summary>A source port for those who name none: of the dynamic ones (RFC 6335, 6).</summary>
    private const int DefaultSourcePort = 49152;

    /// <summary>What one page holds beside the headroom XDP wants: BPF_PROG_TEST_RUN takes no more without fragments.</summary>
    private const int MaxSizeBytes = 3400;

    /// <summary>Of QUIC version 1 (RFC 9000, 17.2).</summary>
    private const int MaxConnectionIdBytes = 20;

    private static readonly string[] Protocols = ["tcp", "udp", "sctp", "icmp"];

    /// <summary>Builds the command.</summary>
    public static Command Create(TimeProvider timeProvider)
    {
        var source = new Argument<string>("SRC") { Description = "The sender, IP:port or [IPv6]:port. The port may be left out; with --nic all of it, for the NIC's own address." };
        var destination = new Argument<string?>("DST") { Description = "Whom it talks to, a VIP or, with --nic, anybody: IP:port or [IPv6]:port; without port for icmp.", Arity = ArgumentArity.ZeroOrOne };
        var protocol = new Argument<string>("PROTO") { Description = "tcp, udp, sctp, or icmp for a ping.", HelpName = "PROTO", DefaultValueFactory = _ => Protocols[0] };
        protocol.AcceptOnlyFromAmong(Protocols);
        var nic = new Option<string?>("--nic") { Description = "A workload of this machine sends the packet: its network interface, by name, namespace/name or device.", HelpName = "NIC" };
        var flags = new Option<string>("--flags")
        {
            Description = "syn: the packet starts a flow (SCTP: INIT). ack: its flow exists already (SCTP: DATA).",
            HelpName = "syn|ack",
            DefaultValueFactory = _ => "syn",
        };
        flags.AcceptOnlyFromAmong("syn", "ack");
        var size = new Option<int>("--size") { Description = $"Bytes from the IP header on, at most {MaxSizeBytes}. Default: headers only.", HelpName = "BYTES" };
        var quic = new Option<string?>("--quic-cid") { Description = "With udp: the destination connection ID of a QUIC packet, as a server chose it, in hexadecimal.", HelpName = "HEX" };
        var run = new Option<bool>("--run") { Description = "Run the attached program on the maps themselves as well: the packet is counted, and recorded where flows are." };
        Option<string> pins = CommonOptions.PinDirectory();
        Option<string?> kubeconfig = CommonOptions.NamesKubeconfig();
        Option<string> output = CommonOptions.Output();
        var command = new LodestoneCommand("trace", "Tell what this machine does with a packet, decision by decision, and why.")
        {
            Details =
                """
                Makes the packet that a client would send and runs the uplink's packet programs on it, over a copy of their maps: nothing is sent,
                counted or recorded. With --nic it is a packet of a workload, and the program at its network interface. Whether the attached program
                is the same is told by the kernel's digest of both. Ends with 0 if the packet would be forwarded or answered or, of a workload, left
                to the host's routing; with 1 otherwise. Run it where the agent runs, in the same network namespace.
                """,
            Examples =
            [
                "trace 192.0.2.10 198.51.100.1:80",
                "trace 192.0.2.10:40000 198.51.100.1:80 tcp --flags ack --size 1500",
                "trace 2001:db8::a [2001:db8:1::1]:53 udp -o json",
                "trace 192.0.2.10 198.51.100.1 icmp",
                "trace 192.0.2.10 198.51.100.1:443 udp --quic-cid 000a00000511223344",
                "trace --nic web-1 10.0.0.9:80",
                "trace --nic default/web-1 203.0.113.1:80 192.0.2.10:40000 --flags ack",
            ],
        };
        command.Arguments.Add(source);
        command.Arguments.Add(destination);
        command.Arguments.Add(protocol);
        foreach (Option option in (Option[])[nic, flags, size, quic, run, pins, kubeconfig, output])
        {
            command.Options.Add(option);
        }

        command.SetAction((result, cancellationToken) =>
        {
            string? from = result.GetValue(nic);
            (string? sender, string receiver, string carried) = Arrange(
                from is not null, result.GetRequiredValue(source), result.GetValue(destination), result.GetRequiredValue(protocol));
            TracePacket packet = ReadPacket(
                sender,
                receiver,
                carried,
                result.GetRequiredValue(flags),
                result.GetValue(size),
                result.GetValue(quic));
            Privileges.RequireInspection("trace");
            return RunAsync(
                packet,
                from,
                result.GetRequiredValue(pins),
                result.GetValue(run),
                result.GetValue(kubeconfig),
                result.GetRequiredValue(output) == "json",
                timeProvider,
                cancellationToken);
        });
        return command;
    }

    /// <summary>What the arguments say, in their order: with <c>--nic</c> the first one may be left out.</summary>
    /// <returns>The sender, null where it is left out; whom it talks to; the protocol.</returns>
    /// <exception cref="CommandException">One is missing.</exception>
    public static (string? Source, string Destination, string Protocol) Arrange(bool isAtNic, string first, string? second, string third) => second switch
    {
        null when isAtNic => (null, first, third),
        not null when isAtNic && Protocols.Contains(second) => (null, first, second),
        null => throw new CommandException("DST is missing: name the VIP, as in 198.51.100.1:80.", ExitCodes.Usage),
        _ => (first, second, third),
    };

    /// <summary>The packet that the arguments describe.</summary>
    /// <param name="source">The sender; null: the own address of a NIC, for which the unspecified address of the family stands.</param>
    /// <param name="destination">Whom it talks to.</param>
    /// <param name="protocol">One of <see cref="Protocols"/>.</param>
    /// <param name="flags">syn or ack.</param>
    /// <param name="sizeBytes">Of the packet; 0: headers only.</param>
    /// <param name="quicConnectionId">In hexadecimal; null: none.</param>
    /// <exception cref="CommandException">They make no sense.</exception>
    public static TracePacket ReadPacket(string? source, string destination, string protocol, string flags, int sizeBytes, string? quicConnectionId = null)
    {
        TraceProtocol parsed = protocol switch
        {
            "tcp" => TraceProtocol.Tcp,
            "udp" => TraceProtocol.Udp,
            "sctp" => TraceProtocol.Sctp,
            _ => TraceProtocol.Icmp,
        };
        IPEndPoint receiver = TraceEndpoint.Parse("DST", destination, parsed == TraceProtocol.Icmp ? 0 : null);
        var packet = new TracePacket
        {
            Source = source is null ? new IPEndPoint(Unspecified(receiver), DefaultSourcePort) : TraceEndpoint.Parse("SRC", source, DefaultSourcePort),
            Destination = receiver,
            Protocol = parsed,
            StartsFlow = flags == "syn",
            SizeBytes = sizeBytes,
            QuicConnectionId = ReadConnectionId(quicConnectionId, parsed),
        };
        if (packet.Source.AddressFamily != packet.Destination.AddressFamily)
        {
            throw new CommandException($"SRC {source} and DST {destination} are of two families; name two IPv4 or two IPv6 addresses.", ExitCodes.Usage);
        }

        return sizeBytes is >= 0 and <= MaxSizeBytes
            ? packet
            : throw new CommandException($"--size {sizeBytes} is not within 0 and {MaxSizeBytes} bytes.", ExitCodes.Usage);
    }

    private static IPAddress Unspecified(IPEndPoint of) => of.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any;

    /// <summary>The bytes of a connection ID; none where none is given.</summary>
    private static byte[] ReadConnectionId(string? text, TraceProtocol protocol)
    {
        if (text is null)
        {
            return [];
        }

        byte[] id = new byte[MaxConnectionIdBytes];
        bool isHex = Convert.FromHexString(text, id, out _, out int bytes) == OperationStatus.Done;
        return protocol != TraceProtocol.Udp ? throw new CommandException("--quic-cid is for udp: QUIC is in no other protocol.", ExitCodes.Usage)
            : isHex && bytes > 0 ? id[..bytes]
            : throw new CommandException($"--quic-cid {text} is no connection ID: give 1 to {MaxConnectionIdBytes} bytes in hexadecimal.", ExitCodes.Usage);
    }

    private static async Task<int> RunAsync(
        TracePacket packet, string? nic, string pins, bool runAttached, string? kubeconfig, bool json, TimeProvider time, CancellationToken cancellationToken)
    {
        using PinnedDatapath datapath = PinnedPaths.Open(pins);
        ObjectNames names = await ObjectNames.ReadAsync(kubeconfig, time, cancellationToken);
        var devices = DeviceNames.Read();
        TraceReport report = nic is null
            ? AtUplink(datapath, packet, pins, runAttached, names, devices, time)
            : AtNic(datapath, packet, nic, runAttached, names, devices, time);
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(report, CliJsonContext.Printed.TraceReport));
        }
        else
        {
            Print(report);
        }

        bool isOnItsWay = report.Result is VerdictKind.Forwarded or VerdictKind.Answered || (nic is not null && report.Result == VerdictKind.LeftToKernel);
        return isOnItsWay ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static TraceReport AtUplink(
        PinnedDatapath datapath, TracePacket packet, string pins, bool runAttached, ObjectNames names, DeviceNames devices, TimeProvider time)
    {
        if (runAttached && datapath.Program is null)
        {
            throw new CommandException($"--run: no program is attached, nothing in {pins}/links serves an uplink; does the agent run?");
        }

        string? uplink = datapath.Program is null ? null : devices.Of((uint)datapath.UplinkIfindex);
        var site = new TraceSite(uplink, datapath.Program?.Id, datapath.Program?.Tag)
        {
            HandOverId = datapath.HandOverProgram?.Id,
            HandOverTag = datapath.HandOverProgram?.Tag,
        };
        return new TraceReporter(names, devices).Report(packet, PacketTrace.Take(datapath, packet, time, runAttached), site);
    }

    private static TraceReport AtNic(
        PinnedDatapath datapath, TracePacket packet, string nic, bool runAttached, ObjectNames names, DeviceNames devices, TimeProvider time)
    {
        (ulong target, uint ifindex) = NicSelector.Find(nic, datapath.ReadNics(), names, devices);
        TracePacket sent = packet with { Source = SenderOf(packet, datapath.ReadNicSources(ifindex), nic) };
        using BpfProgram? program = datapath.OpenNicProgram(ifindex);
        if (runAttached && program is null)
        {
            throw new CommandException($"--run: no program is attached to {devices.Of(ifindex)}; 'kubectl describe nic' tells why.");
        }

        uint uplink = datapath.ReadServed().Config.UplinkIfindex;
        var site = new TraceSite(devices.Of(ifindex), program?.Id, program?.Tag)
        {
            Nic = target,
            HostRoute = byUplink => HostRoute.Of(packet.Destination.Address, byUplink ? uplink : null, devices),
        };
        return new TraceReporter(names, devices).Report(sent, PacketTrace.TakeAtNic(datapath, sent, ifindex, time, runAttached ? program : null), site);
    }

    /// <summary>Whom a workload's packet is from: as said or, where nothing is, the first of the NIC's own addresses of the family.</summary>
    /// <exception cref="CommandException">The NIC has none.</exception>
    public static IPEndPoint SenderOf(TracePacket packet, IEnumerable<(DatapathAddress Address, NicSource Source)> sources, string nic)
    {
        if (!packet.Source.Address.Equals(Unspecified(packet.Source)))
        {
            return packet.Source;
        }

        DatapathAddress own = sources
            .Where(source => source.Source.Kind == NicSourceKind.Own && source.Address.IsIPv4 != packet.IsIPv6)
            .Select(source => source.Address)
            .OrderBy(address => address.ToString(), StringComparer.Ordinal)
            .FirstOrDefault();
        return own != default
            ? new IPEndPoint(own.ToIPAddress(), packet.Source.Port)
            : throw new CommandException(
                $"--nic {nic}: it has no {(packet.IsIPv6 ? "IPv6" : "IPv4")} address to send from; name SRC, or give it one in spec.ips.", ExitCodes.Usage);
    }

    private static void Print(TraceReport report)
    {
        Style style = Style.For(Console.IsOutputRedirected);
        Console.WriteLine(style.Bold(TraceWording.Packet(report)));
        int width = report.Steps.Max(step => step.Name.Length);
        foreach (TraceStep step in report.Steps)
        {
            string text = step.Name == "verdict"
                ? report.Result switch
                {
                    VerdictKind.Dropped => style.Bad(step.Text),
                    VerdictKind.LeftToKernel => style.Warning(step.Text),
                    _ => style.Good(step.Text),
                }
                : step.Text;
            Console.WriteLine($"  {step.Name.PadRight(width)}  {text}");
        }

        foreach (string note in report.Notes)
        {
            Console.WriteLine($"  {style.Dim("note".PadRight(width))}  {note}");
        }
    }
}
