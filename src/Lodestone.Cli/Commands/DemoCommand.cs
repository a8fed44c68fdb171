using System.CommandLine;
using System.Text.Json;

using Lodestone.Cli.Demo;
using Lodestone.Cli.Demo.Report;
using Lodestone.Cli.Hosting;
using Lodestone.Cli.Terminal;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone demo</c>.</summary>
internal static class DemoCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create(TimeProvider timeProvider)
    {
        var keep = new Option<bool>("--keep") { Description = "Leave everything up at the end and print what to try." };
        var clean = new Option<bool>("--clean") { Description = "Only remove what earlier runs have kept or left, and end." };
        var once = new Option<bool>("--once") { Description = "Run once and end. This is also what happens without it; scripts may say it aloud." };
        Option<string> output = CommonOptions.Output();
        var command = new LodestoneCommand("demo", "Show the whole system on this machine, with real traffic in network namespaces.")
        {
            Details =
                """
                Builds two machines, a client and four workloads out of network namespaces, applies the samples, balances HTTP over IPv4 and
                IPv6, and then adds a target, takes one away and kills processes under 200 connections, of which none may break. Takes less
                than a minute, needs root, and leaves nothing behind, also after Ctrl-C. With -o json the result is one object on stdout,
                and progress goes to stderr. Ends with 0 only if every promise held.
                """,
            Examples = ["demo", "demo --once -o json", "demo --keep", "demo --clean"],
        };
        command.Options.Add(once);
        command.Options.Add(keep);
        command.Options.Add(clean);
        command.Options.Add(output);
        command.SetAction((result, cancellationToken) =>
        {
            Privileges.RequireLab("demo");
            return result.GetValue(clean)
                ? CleanAsync()
                : RunAsync(
                    new DemoOptions
                    {
                        Keep = result.GetValue(keep),
                        Json = result.GetRequiredValue(output) == "json",
                        Verbose = result.GetValue(CommonOptions.Verbose),
                    },
                    timeProvider,
                    cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(DemoOptions options, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        StepConsole console = StepConsole.Create(options.Json, timeProvider);
        DemoReport report = await new DemoRun(options, console, timeProvider).RunAsync(cancellationToken);
        bool ok = report.Result == "ok";
        console.Line();
        console.Line(ok
            ? console.Style.Good($"Every promise held. {report.Seconds["total"]:F0} s.")
            : console.Style.Bad($"{report.Failures.Count} promise(s) did not hold: {string.Join("; ", report.Failures)}"));
        if (options.Json)
        {
            Console.WriteLine(JsonSerializer.Serialize(report, CliJsonContext.Printed.DemoReport));
        }

        return ok ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static async Task<int> CleanAsync()
    {
        IReadOnlyList<string> removed = await DemoEnvironment.CleanUpLeftoversAsync(includeKept: true);
        Console.WriteLine(removed.Count == 0 ? "There was nothing to remove." : $"Removed lab {string.Join(", ", removed)}.");
        return ExitCodes.Ok;
    }
}
