using System.CommandLine;
using System.Text.Json;

using Lodestone.Agent.Trace;
using Lodestone.Cli.Hosting;
using Lodestone.Cli.Terminal;
using Lodestone.Cli.Trace;
using Lodestone.Datapath.Trace;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone trace</c>.</summary>
internal static class TraceCommand
{
    /// <summary>A source port for those who name none: of the dynamic ones (RFC 6335, 6).</summary>
    private const int DefaultSourcePort = 49152;

    /// <summary>What one page holds beside the headroom XDP wants: BPF_PROG_TEST_RUN takes no more without fragments.</summary>
    private const int MaxSizeBytes = 3400;

    /// <summary>Builds the command.</summary>
    public static Command Create(TimeProvider timeProvider)
    {
        var source = new Argument<string>("SRC") { Description = "The client, IP:port or [IPv6]:port. The port may be left out." };
        var destination = new Argument<string>("DST") { Description = "The VIP, IP:port or [IPv6]:port; without port for icmp." };
        var protocol = new Argument<string>("PROTO") { Description = "tcp, udp, sctp, or icmp for a ping.", HelpName = "PROTO", DefaultValueFactory = _ => "tcp" };
        protocol.AcceptOnlyFromAmong("tcp", "udp", "sctp", "icmp");
        var flags = new Option<string>("--flags")
        {
            Description = "syn: the packet starts a flow (SCTP: INIT). ack: its flow exists already (SCTP: DATA).",
            HelpName = "syn|ack",
            DefaultValueFactory = _ => "syn",
        };
        flags.AcceptOnlyFromAmong("syn", "ack");
        var size = new Option<int>("--size") { Description = $"Bytes from the IP header on, at most {MaxSizeBytes}. Default: headers only.", HelpName = "BYTES" };
        var run = new Option<bool>("--run") { Description = "Run the attached program on the maps themselves as well: the packet is counted, and recorded where flows are." };
        Option<string> pins = CommonOptions.PinDirectory();
        Option<string?> kubeconfig = CommonOptions.NamesKubeconfig();
        Option<string> output = CommonOptions.Output();
        var command = new LodestoneCommand("trace", "Tell what this machine does with a packet, decision by decision, and why.")
        {
            Details =
                """
                Makes the packet that a client would send and runs the uplink's packet program on it, over a copy of its maps: nothing is sent,
                counted or recorded. Whether the attached program is the same is told by the kernel's digest of both. Ends with 0 if the packet
                would be forwarded or answered, with 1 otherwise. Run it where the agent runs, in the same network namespace.
                """,
            Examples =
            [
                "trace 192.0.2.10 198.51.100.1:80",
                "trace 192.0.2.10:40000 198.51.100.1:80 tcp --flags ack --size 1500",
                "trace 2001:db8::a [2001:db8:1::1]:53 udp -o json",
                "trace 192.0.2.10 198.51.100.1 icmp",
            ],
        };
        command.Arguments.Add(source);
        command.Arguments.Add(destination);
        command.Arguments.Add(protocol);
        foreach (Option option in (Option[])[flags, size, run, pins, kubeconfig, output])
        {
            command.Options.Add(option);
        }

        command.SetAction((result, cancellationToken) =>
        {
            TracePacket packet = ReadPacket(
                result.GetRequiredValue(source),
                result.GetRequiredValue(destination),
                result.GetRequiredValue(protocol),
                result.GetRequiredValue(flags),
                result.GetValue(size));
            Privileges.RequireInspection("trace");
            return RunAsync(
                packet,
                result.GetRequiredValue(pins),
                result.GetValue(run),
                result.GetValue(kubeconfig),
                result.GetRequiredValue(output) == "json",
                timeProvider,
                cancellationToken);
        });
        return command;
    }

    /// <summary>The packet that the arguments describe.</summary>
    /// <exception cref="CommandException">They make no sense.</exception>
    public static TracePacket ReadPacket(string source, string destination, string protocol, string flags, int sizeBytes)
    {
        TraceProtocol parsed = protocol switch
        {
            "tcp" => TraceProtocol.Tcp,
            "udp" => TraceProtocol.Udp,
            "sctp" => TraceProtocol.Sctp,
            _ => TraceProtocol.Icmp,
        };
        var packet = new TracePacket
        {
            Source = TraceEndpoint.Parse("SRC", source, DefaultSourcePort),
            Destination = TraceEndpoint.Parse("DST", destination, parsed == TraceProtocol.Icmp ? 0 : null),
            Protocol = parsed,
            StartsFlow = flags == "syn",
            SizeBytes = sizeBytes,
        };
        if (packet.Source.AddressFamily != packet.Destination.AddressFamily)
        {
            throw new CommandException($"SRC {source} and DST {destination} are of two families; name two IPv4 or two IPv6 addresses.", ExitCodes.Usage);
        }

        return sizeBytes is >= 0 and <= MaxSizeBytes
            ? packet
            : throw new CommandException($"--size {sizeBytes} is not within 0 and {MaxSizeBytes} bytes.", ExitCodes.Usage);
    }

    private static async Task<int> RunAsync(
        TracePacket packet, string pins, bool runAttached, string? kubeconfig, bool json, TimeProvider time, CancellationToken cancellationToken)
    {
        using PinnedDatapath datapath = PinnedPaths.Open(pins);
        if (runAttached && datapath.Program is null)
        {
            throw new CommandException($"--run: no program is attached, {pins}/links has no uplink-xdp; does the agent run?");
        }

        ObjectNames names = await ObjectNames.ReadAsync(kubeconfig, time, cancellationToken);
        PacketTrace trace = PacketTrace.Take(datapath, packet, time, runAttached);
        TraceReport report = new TraceReporter(names, DeviceNames.Read()).Report(packet, trace, datapath.Program, datapath.UplinkIfindex);
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(report, CliJsonContext.Printed.TraceReport));
        }
        else
        {
            Print(report);
        }

        return report.Result is VerdictKind.Forwarded or VerdictKind.Answered ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static void Print(TraceReport report)
    {
        Style style = Style.For(Console.IsOutputRedirected);
        Console.WriteLine(style.Bold(TraceWording.Packet(report.Packet, report.Program.Uplink)));
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
