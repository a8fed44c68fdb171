using System.CommandLine;
using System.Text.Json;
using Lodestone.Agent.Events;
using Lodestone.Agent.Trace;
using Lodestone.Cli.Events;
using Lodestone.Cli.Hosting;
using Lodestone.Cli.Trace;
using Lodestone.Datapath.Layout;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone flows</c>.</summary>
internal static class FlowsCommand
{
    /// <summary>Samples a second that are aimed at where the user names no rate: half of what one CPU tells.</summary>
    private const double Aim = 5000;

    private static readonly TimeSpan MeasuredFor = TimeSpan.FromMilliseconds(200);

    /// <summary>Builds the command.</summary>
    public static Command Create(TimeProvider timeProvider)
    {
        Option<string?> vip = EventOptions.Vip();
        var duration = new Option<string>("--for") { Description = "How long, as in 500ms, 5s or 2m.", HelpName = "DURATION", DefaultValueFactory = _ => "5s" };
        var sample = new Option<int>("--sample") { Description = "Look at one in so many packets, on average; 1 is all. Default: by the present rate.", HelpName = "N" };
        Option<string> pins = CommonOptions.PinDirectory();
        Option<string?> kubeconfig = CommonOptions.NamesKubeconfig();
        Option<string> output = CommonOptions.Output();
        var command = new LodestoneCommand("flows", "Sample packets to targets for a while and print whose they are.")
        {
            Details =
                """
                There is no table of all flows to print: a load balancer whose targets don't change keeps none. This looks at packets instead, so
                flows of few packets may be missed, and packets and bytes are estimates: what was sampled, times how many packets a sample stands
                for. Ctrl-C ends it early. One at a time can listen, 'events' included.
                """,
            Examples = ["flows", "flows --vip 198.51.100.1 --for 10s", "flows --sample 1000 -o json"],
        };
        foreach (Option option in (Option[])[vip, duration, sample, pins, kubeconfig, output])
        {
            command.Options.Add(option);
        }

        command.SetAction((result, cancellationToken) =>
        {
            var time = DurationText.Parse("--for", result.GetRequiredValue(duration));
            int? oneIn = EventOptions.ReadSample(result, sample);
            Privileges.RequireInspection("flows");
            return RunAsync(
                result.GetValue(vip),
                time,
                oneIn,
                result.GetRequiredValue(pins),
                result.GetValue(kubeconfig),
                result.GetRequiredValue(output) == "json",
                timeProvider,
                cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        string? vip, TimeSpan duration, int? sample, string pins, string? kubeconfig, bool json, TimeProvider time, CancellationToken cancellationToken)
    {
        using PinnedDatapath datapath = PinnedPaths.Open(pins);
        ObjectNames names = await ObjectNames.ReadAsync(kubeconfig, time, cancellationToken);
        var tables = ServedTables.Of(datapath, time);
        tables.Refresh();
        var filter = VipFilter.Parse(vip, tables);
        using var listener = EventListener.Open(datapath, time);
        int oneIn = sample ?? await SampleForRateAsync(datapath, time, cancellationToken);
        var tally = new FlowTally();
        long start = time.GetTimestamp();
        await new EventSession(listener, tables, time).RunAsync(
            new EventWants { Kinds = Listening.Samples, SampleOneIn = oneIn, Vip = filter?.Id },
            filter?.Address,
            duration,
            packet =>
            {
                tally.Add(packet);
                return true;
            },
            idle: null,
            cancellationToken);

        EventTotals totals = listener.TotalsOf(EventKind.Sample);
        double each = totals.Sent == 0 ? oneIn : (double)oneIn * (totals.Sent + totals.LeftOut) / totals.Sent;
        tables.Refresh();
        var report = new FlowsReport(
            Math.Round(time.GetElapsedTime(start).TotalSeconds, 1),
            oneIn,
            tally.Samples,
            totals.Limited,
            totals.Full,
            tally.Rows(new EventReporter(tables, names, DeviceNames.Read(), time), each),
            names.Note is { } note ? [note] : []);
        Console.Write(json ? JsonSerializer.Serialize(report, CliJsonContext.Printed.FlowsReport) + "\n" : FlowsText.Of(report));
        return ExitCodes.Ok;
    }

    /// <summary>One in how many packets is looked at, by what is counted in a moment.</summary>
    private static async Task<int> SampleForRateAsync(PinnedDatapath datapath, TimeProvider time, CancellationToken cancellationToken)
    {
        ulong before = Forwarded(datapath);
        long start = time.GetTimestamp();
        await Task.Delay(MeasuredFor, time, cancellationToken);
        double rate = (Forwarded(datapath) - before) / time.GetElapsedTime(start).TotalSeconds;
        return OneInFor(rate);
    }

    /// <summary>One in how many of so many packets a second.</summary>
    public static int OneInFor(double packetsPerSecond) => Math.Max(1, (int)Math.Ceiling(packetsPerSecond / Aim));

    private static ulong Forwarded(PinnedDatapath datapath) =>
        datapath.ReadVerdictCounter(Verdict.Forward).Packets + datapath.ReadVerdictCounter(Verdict.DeliverLocal).Packets + datapath.ReadVerdictCounter(Verdict.OwnStack).Packets;
}
