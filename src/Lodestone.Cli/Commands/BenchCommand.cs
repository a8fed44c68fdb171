using System.CommandLine;
using System.Globalization;
using System.Text.Json;

using Lodestone.Bpf.Bench;
using Lodestone.Cli.Hosting;
using Lodestone.Cli.Terminal;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone bench</c>.</summary>
internal static class BenchCommand
{
    private const int BarWidth = 30;
    private const int QuickRounds = 30;

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Option<string> output = CommonOptions.Output();
        var quick = new Option<bool>("--quick") { Description = "IPv4, two numbers of flows and one VIP only: some seconds instead of minutes." };
        var only = new Option<string?>("--only") { Description = "Measure only cases whose name contains this.", HelpName = "NAME" };
        var packets = new LodestoneCommand("packets", "Measure nanoseconds per packet of the packet programs, in the kernel and without a network.")
        {
            Details =
                """
                Runs the programs that are attached to the uplink through BPF_PROG_TEST_RUN, by two methods. 'batched' repeats within a
                wrapper that makes the next flow's packet and undoes what was done to it; it is the least of all batches, without what the
                wrapper itself costs; 'with wrapper' is the same with it. 'one call' is a test run for each packet, the median of what the
                kernel says it took, with what such a call costs by itself. Never compare one with the other.
                """,
            Examples = ["bench packets", "bench packets --quick", "bench packets --only learning", "bench packets -o json"],
        };
        packets.Options.Add(output);
        packets.Options.Add(quick);
        packets.Options.Add(only);
        packets.SetAction(result => Packets(result.GetRequiredValue(output) == "json", result.GetValue(quick), result.GetValue(only)));
        var command = new LodestoneCommand("bench", "Measure the data path on this machine.") { Examples = ["bench packets"] };
        command.Subcommands.Add(packets);
        return command;
    }

    private static int Packets(bool json, bool quick, string? only)
    {
        Privileges.RequireDatapath("bench packets");
        var options = new PacketBenchmarkOptions { Quick = quick, Only = only };
        options = quick ? options with { Rounds = QuickRounds } : options;
        PacketBenchmarkResult result;
        try
        {
            result = PacketBenchmark.Run(options, json ? null : Progress());
        }
        catch (ArgumentException e) when (only is not null)
        {
            throw new CommandException($"--only: {e.Message}");
        }

        if (json)
        {
            var report = new BenchReport(
                MachineText.Of(),
                TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                result.EmptyNs,
                result.EmptyCallNs,
                [.. result.Cases.Select(BenchCase.Of)]);
            Console.WriteLine(JsonSerializer.Serialize(report, CliJsonContext.Printed.BenchReport));
        }
        else
        {
            Print(result);
        }

        return ExitCodes.Ok;
    }

    /// <summary>Names each case on a terminal while the others wait.</summary>
    private static Action<PacketBenchmarkCase>? Progress()
    {
        if (Console.IsErrorRedirected)
        {
            return null;
        }

        int done = 0;
        return c => Console.Error.Write($"\r{++done} {c.Name}\u001b[K\r");
    }

    private static void Print(PacketBenchmarkResult result)
    {
        Style style = Style.For(Console.IsOutputRedirected);
        double longest = result.Cases.Max(c => c.Ns);
        int width = result.Cases.Max(c => c.Name.Length);
        Console.WriteLine(style.Bold(Row("case", "flows", "VIPs", "targets", "batched", "with wrapper", "one call")));
        Console.WriteLine(Row("empty program", "", "", "", "", Number(result.EmptyNs), Number(result.EmptyCallNs)));
        foreach (PacketBenchmarkCase c in result.Cases)
        {
            string row = Row(c.Name, c.Flows is { } flows ? $"{flows:N0}" : "all new", $"{c.Vips:N0}", $"{c.Targets:N0}", Number(c.Ns), Number(c.WithWrapperNs), c.CallNs is { } call ? Number(call) : "");
            Console.WriteLine($"{row}  {style.Good(Bar.Draw(Math.Clamp(c.Ns / longest, 0, 1), BarWidth).TrimEnd())}");
        }

        Console.WriteLine(style.Dim($"ns per packet; {MachineText.Of()}"));

        string Row(string name, string flows, string vips, string targets, string ns, string wrapped, string call) =>
            $"{name.PadRight(width)}  {flows,9}  {vips,6}  {targets,7}  {ns,7}  {wrapped,12}  {call,8}";
    }

    private static string Number(double ns) => ns.ToString("F1", CultureInfo.InvariantCulture);
}
