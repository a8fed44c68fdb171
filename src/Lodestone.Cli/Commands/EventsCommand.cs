using System.CommandLine;
using Lodestone.Agent.Events;
using Lodestone.Agent.Trace;
using Lodestone.Cli.Events;
using Lodestone.Cli.Hosting;
using Lodestone.Cli.Terminal;
using Lodestone.Cli.Trace;
using Lodestone.Datapath.Events;
using Lodestone.Datapath.Layout;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone events</c>.</summary>
internal static class EventsCommand
{
    /// <summary>How often it is told at most that events are left out, while they come.</summary>
    private static readonly TimeSpan NoteEvery = TimeSpan.FromSeconds(1);

    /// <summary>Builds the command.</summary>
    public static Command Create(TimeProvider timeProvider)
    {
        var drops = new Option<bool>("--drops") { Description = "Dropped packets, with the reason and what to do." };
        var transitions = new Option<bool>("--transitions") { Description = "Packets that the flow table had a say in, while targets change." };
        var sample = new Option<int>("--sample") { Description = "Of so many other packets to a target one, on average; 1 is all.", HelpName = "N" };
        Option<string?> vip = EventOptions.Vip();
        var count = new Option<long>("-n", "--count") { Description = "End after so many events.", HelpName = "COUNT" };
        var duration = new Option<string?>("--for") { Description = "End after this time, as in 500ms, 10s or 2m. Default: with Ctrl-C.", HelpName = "DURATION" };
        Option<string> pins = CommonOptions.PinDirectory();
        Option<string?> kubeconfig = CommonOptions.NamesKubeconfig();
        Option<string> output = CommonOptions.Output();
        var command = new LodestoneCommand("events", "Tell of packets as they come: dropped, recorded, kept with their target, or sampled.")
        {
            Details =
                """
                Without --drops, --transitions and --sample: drops and transitions. Uplink and NICs tell, each CPU at most 10,000 of each kind in
                a second; the end says how many were left out. With -o json each line is an object, the last one has the totals. Nobody listening
                costs packets nothing, and a listener that is killed is forgotten after two seconds. One at a time can listen, 'flows' included.
                """,
            Examples = ["events", "events --drops --vip 198.51.100.1 --for 10s", "events --transitions -n 20 -o json", "events --sample 1000"],
        };
        foreach (Option option in (Option[])[drops, transitions, sample, vip, count, duration, pins, kubeconfig, output])
        {
            command.Options.Add(option);
        }

        command.SetAction((result, cancellationToken) =>
        {
            Listening kinds = Kinds(result.GetValue(drops), result.GetValue(transitions), result.GetResult(sample) is not null);
            int oneIn = EventOptions.ReadSample(result, sample) ?? 1;
            long most = EventOptions.ReadPositive(result, count, "-n") ?? long.MaxValue;
            TimeSpan? time = result.GetValue(duration) is { } text ? DurationText.Parse("--for", text) : null;
            Privileges.RequireInspection("events");
            return RunAsync(
                new EventWants { Kinds = kinds, SampleOneIn = oneIn },
                result.GetValue(vip),
                most,
                time,
                result.GetRequiredValue(pins),
                result.GetValue(kubeconfig),
                result.GetRequiredValue(output) == "json",
                timeProvider,
                cancellationToken);
        });
        return command;
    }

    /// <summary>The kinds that the options ask for; drops and transitions where they ask for none.</summary>
    public static Listening Kinds(bool drops, bool transitions, bool samples)
    {
        Listening kinds = (drops ? Listening.Drops : 0) | (transitions ? Listening.Transitions : 0) | (samples ? Listening.Samples : 0);
        return kinds == Listening.None ? Listening.Drops | Listening.Transitions : kinds;
    }

    private static async Task<int> RunAsync(
        EventWants wants, string? vip, long most, TimeSpan? duration, string pins, string? kubeconfig, bool json, TimeProvider time, CancellationToken cancellationToken)
    {
        using PinnedDatapath datapath = PinnedPaths.Open(pins);
        ObjectNames names = await ObjectNames.ReadAsync(kubeconfig, time, cancellationToken);
        var tables = ServedTables.Of(datapath, time);
        tables.Refresh();
        var filter = VipFilter.Parse(vip, tables);
        using var listener = EventListener.Open(datapath, time);
        var reporter = new EventReporter(tables, names, DeviceNames.Read(), time);
        var printer = new EventPrinter(Console.Out, json, Style.For(Console.IsOutputRedirected), TimeZoneInfo.Local);
        if (names.Note is { } note)
        {
            await Console.Error.WriteLineAsync(note);
        }

        long events = 0, noted = time.GetTimestamp();
        ulong told = 0;
        bool Handle(PacketEvent packet)
        {
            printer.Print(reporter.Report(packet));
            return ++events < most;
        }

        void Idle()
        {
            printer.Flush();
            EventTotals totals = Totals(listener, wants.Kinds);
            if (!json && totals.LeftOut > told && time.GetElapsedTime(noted) >= NoteEvery)
            {
                printer.Note($"  left out so far: {EventWording.LeftOut(totals.Limited, totals.Full)}");
                (told, noted) = (totals.LeftOut, time.GetTimestamp());
            }
        }

        await new EventSession(listener, tables, time).RunAsync(
            wants with { Vip = filter?.Id }, filter?.Address, duration, Handle, Idle, cancellationToken);
        EventTotals end = Totals(listener, wants.Kinds);
        printer.End(new EventsSummary(events, end.Limited, end.Full));
        return ExitCodes.Ok;
    }

    private static EventTotals Totals(EventListener listener, Listening kinds) => Enum.GetValues<EventKind>()
        .Where(kind => ((int)kinds & (1 << (int)kind)) != 0)
        .Aggregate(default(EventTotals), (sum, kind) => sum + listener.TotalsOf(kind));
}
