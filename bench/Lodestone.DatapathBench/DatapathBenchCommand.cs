using System.CommandLine;
using System.Globalization;
using System.Text.Json;

using Lodestone.Cli;
using Lodestone.DatapathBench.Change;
using Lodestone.DatapathBench.Flood;
using Lodestone.DatapathBench.Report;
using Lodestone.DatapathBench.Traffic;
using Lodestone.Linux.Processes;

namespace Lodestone.DatapathBench;

/// <summary>The command line: <c>traffic</c> measures real traffic beside other balancers, <c>flood</c> what a SYN flood does to others, <c>change</c> what a change of targets costs, <c>draw</c> makes pictures and tables of results.</summary>
internal static class DatapathBenchCommand
{
    private static readonly string[] AllSites = ["direct", "lodestone", "lodestone-xdp", "nftables", "haproxy"];

    public static RootCommand Create() => new("Measures the data path with real traffic, in network namespaces. Needs root, and the packages wrk, nginx-light, nftables and haproxy.")
    {
        TrafficCommand(),
        FloodCommand(),
        ChangeCommand(),
        DrawCommand(),
    };

    private static Command TrafficCommand()
    {
        var executable = new Option<string>("--lodestone") { Description = "The executable whose server and agents run.", Required = true };
        var output = new Option<string>("--out") { Description = "Where the figures go, as JSON.", Required = true };
        var layout = new Option<TrafficLayout>("--layout") { Description = "Local: servers on the machine that balances. Remote: on another one." };
        var servers = new Option<int>("--servers") { Description = "HTTP servers.", DefaultValueFactory = _ => 3 };
        var offloads = new Option<bool>("--wire-only") { Description = "Leave out the labs with the kernel's own offloads." };
        var seconds = new Option<int>("--seconds") { Description = "Seconds of each sample.", DefaultValueFactory = _ => 4 };
        var rounds = new Option<int>("--rounds") { Description = "Alternating rounds.", DefaultValueFactory = _ => 6 };
        var minutes = new Option<double>("--minutes") { Description = "Then, for each way, new connections for so many minutes on end." };
        var sites = new Option<string[]>("--ways") { Description = "Which ways: direct, lodestone, nftables, haproxy.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => AllSites };
        var command = new Command("traffic", "HTTP and small UDP to three servers: direct, through Lodestone, nftables and HAProxy.") { executable, output, layout, servers, offloads, seconds, rounds, minutes, sites };
        command.SetAction(async (result, cancellationToken) =>
        {
            TrafficLayout where = result.GetValue(layout);
            var figures = new TrafficResult
            {
                Machine = BenchFile.Machine,
                Date = BenchFile.Today,
                Layout = where.ToString(),
                Servers = result.GetValue(servers),
                Seconds = result.GetValue(seconds),
                Rounds = result.GetValue(rounds),
            };
            var run = new TrafficRun(Path.GetFullPath(result.GetRequiredValue(executable)), where, figures.Servers, figures.Seconds, TimeProvider.System, Say);
            string[] names = result.GetRequiredValue(sites);

            // What encapsulates on a veth needs cables that behave like wire.
            bool[] wires = where == TrafficLayout.Local && !result.GetValue(offloads) ? [true, false] : [true];
            await run.RoundsAsync(figures, names, wires, cancellationToken);
            if (result.GetValue(minutes) is > 0 and double length)
            {
                await run.MinutesAsync(figures, names, length, cancellationToken);
            }

            BenchFile.Write(result.GetRequiredValue(output), figures);
            Console.Write(TrafficTables.Markdown(figures));
        });
        return command;
    }

    private static Command FloodCommand()
    {
        var executable = new Option<string>("--lodestone") { Description = "The executable whose server runs.", Required = true };
        var output = new Option<string>("--out") { Description = "Where the figures go, as JSON.", Required = true };
        var seconds = new Option<int>("--seconds") { Description = "Seconds of each sample.", DefaultValueFactory = _ => 4 };
        var rounds = new Option<int>("--rounds") { Description = "Alternating rounds.", DefaultValueFactory = _ => 5 };
        var command = new Command("flood", "New and kept HTTP connections of one VIP while a SYN flood goes to another, to no VIP, or elsewhere.") { executable, output, seconds, rounds };
        command.SetAction(async (result, cancellationToken) =>
        {
            var figures = new FloodResult { Machine = BenchFile.Machine, Date = BenchFile.Today, Seconds = result.GetValue(seconds), Rounds = result.GetValue(rounds) };

            // The flood has the last processor to itself, as a card's queue would; all else, this process's children too, the others.
            int last = Environment.ProcessorCount - 1;
            if (last == 0)
            {
                throw new InvalidOperationException("a flood needs a processor of its own, and this machine has but one; run it on a larger one");
            }

            CpuAffinity.SetCurrentThread([.. Enumerable.Range(0, last)]);
            await new FloodRun(Path.GetFullPath(result.GetRequiredValue(executable)), last, TimeProvider.System, Say).RunAsync(figures, cancellationToken);
            BenchFile.Write(result.GetRequiredValue(output), figures);
            Console.Write(FloodTables.Markdown(figures));
        });
        return command;
    }

    private static Command ChangeCommand()
    {
        var output = new Option<string>("--out") { Description = "Where the figures go, as JSON.", Required = true };
        var command = new Command("change", "Changes one target among up to 10,000 VIPs, in the kernel's maps, until no packet is on the old ring.") { output };
        command.SetAction(result =>
        {
            var figures = new ChangeResult { Machine = BenchFile.Machine, Date = BenchFile.Today };
            using (var run = new ChangeRun(TimeProvider.System, Say))
            {
                figures.Changes.AddRange(run.Run());
            }

            using (var run = new PlannedChangeRun(TimeProvider.System, Say))
            {
                figures.Planned.AddRange(run.Run());
            }

            figures.Memory.AddRange(ChangeRun.Memory());
            BenchFile.Write(result.GetRequiredValue(output), figures);
            Console.Write(PacketTables.Markdown(figures));
        });
        return command;
    }

    private static Command DrawCommand()
    {
        var packets = new Option<string?>("--packets") { Description = "Figures of 'lodestone bench packets -o json'." };
        var traffic = new Option<string?>("--traffic") { Description = "Figures of 'traffic'." };
        var change = new Option<string?>("--change") { Description = "Figures of 'change'." };
        var flood = new Option<string?>("--flood") { Description = "Figures of 'flood'." };
        var scale = new Option<string?>("--scale") { Description = "Figures of 'lodestone simulate -o json'." };
        var output = new Option<string>("--out") { Description = "The directory for the pictures.", Required = true };
        var command = new Command("draw", "Draw the curves as SVG, and print the tables as Markdown.") { packets, traffic, change, flood, scale, output };
        command.SetAction(result =>
        {
            string directory = result.GetRequiredValue(output);
            Directory.CreateDirectory(directory);
            if (result.GetValue(packets) is { } packetsPath)
            {
                PacketsFile figures = BenchFile.Read<PacketsFile>(packetsPath);
                Charts.DrawPackets(figures, directory);
                Console.Write(PacketTables.Markdown(figures));
            }

            if (result.GetValue(change) is { } changePath)
            {
                ChangeResult figures = BenchFile.Read<ChangeResult>(changePath);
                Charts.DrawChange(figures, directory);
                Console.Write(PacketTables.Markdown(figures));
            }

            if (result.GetValue(traffic) is { } trafficPath)
            {
                TrafficResult figures = BenchFile.Read<TrafficResult>(trafficPath);
                Charts.DrawMinutes(figures, directory);
                Console.Write("\n" + TrafficTables.Markdown(figures));
            }

            if (result.GetValue(flood) is { } floodPath)
            {
                Console.Write("\n" + FloodTables.Markdown(BenchFile.Read<FloodResult>(floodPath)));
            }

            if (result.GetValue(scale) is { } scalePath)
            {
                ScaleCharts.Draw(JsonSerializer.Deserialize(File.ReadAllText(scalePath), CliJsonContext.Default.SimulationReport)!, directory);
            }
        });
        return command;
    }

    private static void Say(string line) => Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():HH:mm:ss} {line}"));
}
