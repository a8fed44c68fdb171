using System.CommandLine;
using System.Text.Json;

using Lodestone.Cli.Hosting;
using Lodestone.Cli.Lab;
using Lodestone.Cli.Lab.Report;
using Lodestone.Cli.Lab.Scenarios;
using Lodestone.Cli.Lab.Site;
using Lodestone.Cli.Terminal;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone lab up</c>, <c>run</c> and <c>down</c>.</summary>
internal static class LabCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create(TimeProvider timeProvider)
    {
        var command = new LodestoneCommand("lab", "A whole site on this machine, with a router, and scenarios in which parts of it die under load.")
        {
            Details =
                """
                A ToR router (FRR: BGP, BFD, ECMP over both families) with clients behind it, three gateways, three hypervisors with ten workloads, an
                API server and two controllers, each in a network namespace with processes of its own. Needs root and the Debian package frr.
                """,
            Examples = ["lab up", "lab run", "lab run kill-gateway -o json", "lab down"],
        };
        command.Subcommands.Add(CreateUp(timeProvider));
        command.Subcommands.Add(CreateRun(timeProvider));
        command.Subcommands.Add(CreateDown());
        return command;
    }

    private static LodestoneCommand CreateUp(TimeProvider timeProvider)
    {
        Option<string> name = NameOption();
        var command = new LodestoneCommand("up", "Build the lab and leave it standing.")
        {
            Details = "Says what was made, and how to look into it. 'lodestone lab down' removes it, also what an interrupted 'up' has left.",
            Examples = ["lab up"],
        };
        command.Options.Add(name);
        command.SetAction(async (result, cancellationToken) =>
        {
            Privileges.RequireLab("lab up");
            string called = result.GetRequiredValue(name);
            bool verbose = result.GetValue(CommonOptions.Verbose);
            StepConsole console = StepConsole.Create(json: false, timeProvider);
            LabSite? standing = await LabSite.TryOpenAsync(called, timeProvider, verbose, cancellationToken);
            if (standing is null)
            {
                console.Step("A lab in network namespaces");
            }

            await using LabSite site = standing ?? await LabSite.BuildAsync(called, console, timeProvider, verbose, cancellationToken);
            console.Step(standing is null ? "It stands" : $"It stands already, {site.Lab.Id}");
            LabInstructions.Print(console, site, called);
            return ExitCodes.Ok;
        });
        return command;
    }

    private static LodestoneCommand CreateRun(TimeProvider timeProvider)
    {
        Option<string> name = NameOption();
        Option<string> output = CommonOptions.Output();
        var list = new Option<bool>("--list") { Description = "Only list the scenarios." };
        var quick = new Option<bool>("--quick") { Description = "Few flows and short observations, for tests." };
        var scenarios = new Argument<string[]>("SCENARIO") { Description = "Names or numbers; all where none is given.", Arity = ArgumentArity.ZeroOrMore };
        var command = new LodestoneCommand("run", "Run scenarios in the lab and judge them; builds it where it doesn't stand.")
        {
            Details =
                """
                Each scenario runs under load: UDP with numbers, TCP streams, kept HTTP connections and new ones, over both families. A line for each step
                tells what was done and measured; at the end there is a table, or with -o json one object on stdout. Ends with 0 only if every goal was met.
                """,
            Examples = ["lab run", "lab run 1 -o json", "lab run --list"],
        };
        command.Arguments.Add(scenarios);
        command.Options.Add(name);
        command.Options.Add(list);
        command.Options.Add(quick);
        command.Options.Add(output);
        command.SetAction(async (result, cancellationToken) =>
        {
            if (result.GetValue(list))
            {
                for (int i = 0; i < ScenarioRegistry.All.Count; i++)
                {
                    Console.WriteLine($"{i + 1}  {ScenarioRegistry.All[i].Name,-20} {ScenarioRegistry.All[i].Shows}");
                }

                return ExitCodes.Ok;
            }

            IReadOnlyList<LabScenario> chosen = ScenarioRegistry.Select(result.GetValue(scenarios) ?? []);
            Privileges.RequireLab("lab run");
            bool json = result.GetRequiredValue(output) == "json";
            StepConsole console = StepConsole.Create(json, timeProvider);
            LabReport report = await new LabRun(result.GetRequiredValue(name), console, timeProvider, result.GetValue(quick), result.GetValue(CommonOptions.Verbose)).RunAsync(chosen, cancellationToken);
            console.Line();
            foreach (string line in LabTable.Lines(report))
            {
                console.Line(line);
            }

            if (json)
            {
                Console.WriteLine(JsonSerializer.Serialize(report, CliJsonContext.Printed.LabReport));
            }

            return report.Result == "ok" ? ExitCodes.Ok : ExitCodes.Failed;
        });
        return command;
    }

    private static LodestoneCommand CreateDown()
    {
        Option<string> name = NameOption();
        var command = new LodestoneCommand("down", "Remove the lab: its processes, namespaces, programs and files.") { Examples = ["lab down"] };
        command.Options.Add(name);
        command.SetAction(async (result, _) =>
        {
            Privileges.RequireLab("lab down");
            Console.WriteLine(await LabSite.RemoveAsync(result.GetRequiredValue(name)) ? "Removed the lab." : "There was nothing to remove.");
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Option<string> NameOption()
    {
        var option = new Option<string>("--name") { Description = "Several labs may stand, each with a name of its own.", HelpName = "NAME", DefaultValueFactory = _ => LabCommandNames.Default };
        option.Validators.Add(result =>
        {
            if (!LabCommandNames.IsValid(result.GetValueOrDefault<string>()))
            {
                result.AddError("--name must be 1 to 32 lower-case letters, digits and dashes.");
            }
        });
        return option;
    }
}
