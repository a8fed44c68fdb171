using System.CommandLine;
using System.Text.Json;

using Lodestone.Bpf.Bench;
using Lodestone.Cli.Hosting;
using Lodestone.Cli.Terminal;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone bench</c>.</summary>
internal static class BenchCommand
{
    private const int BarWidth = 30;

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Option<string> output = CommonOptions.Output();
        var packets = new LodestoneCommand("packets", "Measure nanoseconds per packet of the packet programs, in the kernel and without a network.")
        {
            Details =
                """
                Runs the programs that are attached to the uplink through BPF_PROG_TEST_RUN in batches, within a wrapper that undoes the
                encapsulation. 'ns' is the least of all batches, without what the wrapper itself costs; 'empty' is a program that does nothing.
                """,
            Examples = ["bench packets", "bench packets -o json"],
        };
        packets.Options.Add(output);
        packets.SetAction(result => Packets(result.GetRequiredValue(output) == "json"));
        var command = new LodestoneCommand("bench", "Measure the data path on this machine.") { Examples = ["bench packets"] };
        command.Subcommands.Add(packets);
        return command;
    }

    private static int Packets(bool json)
    {
        Privileges.RequireDatapath("bench packets");
        PacketBenchmarkResult result = PacketBenchmark.Run();
        if (json)
        {
            var report = new BenchReport(
                Math.Round(result.EmptyNs, 2), [.. result.Cases.Select(c => new BenchCase(c.Name, c.Flows, c.Ns))]);
            Console.WriteLine(JsonSerializer.Serialize(report, CliJsonContext.Printed.BenchReport));
        }
        else
        {
            Print(result);
        }

        return ExitCodes.Ok;
    }

    private static void Print(PacketBenchmarkResult result)
    {
        Style style = Style.For(Console.IsOutputRedirected);
        double longest = result.Cases.Max(c => c.Ns);
        int width = result.Cases.Max(c => c.Name.Length);
        Console.WriteLine(style.Bold($"{"case".PadRight(width)}  {"flows",9}  {"ns/packet",9}"));
        Console.WriteLine(Row("empty program", "", result.EmptyNs));
        foreach (PacketBenchmarkCase measured in result.Cases)
        {
            Console.WriteLine(Row(measured.Name, $"{measured.Flows:N0}", measured.Ns));
        }

        string Row(string name, string flows, double ns) =>
            $"{name.PadRight(width)}  {flows,9}  {ns,9:F1}  {style.Good(Bar.Draw(ns / longest, BarWidth).TrimEnd())}";
    }
}
