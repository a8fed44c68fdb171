using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Lodestone.Cli.Simulate;
using Lodestone.Cli.Simulate.Report;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone simulate</c>.</summary>
internal static class SimulateCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create(TimeProvider timeProvider)
    {
        Option<int> hosts = Number("--hosts", "Machines, gateways among them.", 100);
        Option<int> gateways = Number("--gateways", "Machines that serve public VIPs and have no network interfaces.", 4);
        Option<int> networks = Number("--networks", "Networks; load balancers are spread evenly over them.", 20);
        Option<int> balancers = Number("--load-balancers", "Public load balancers, each with one address.", 1000);
        Option<int> interfaces = Number("--interfaces", "Network interfaces, each the target of one load balancer.", 10_000);
        Option<int> flows = Number("--flows", "Flows of each case of disruption and balance.", 5000);
        Option<int> seed = Number("--seed", "What everything random comes from: the same seed gives the same figures, but for times and memory.", 1);
        var percents = new Option<int[]>("--percents")
        {
            Description = "Shares of the size that are measured too, so that growth is seen.",
            HelpName = "PERCENT",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [1, 10, 100],
        };
        Option<string> output = CommonOptions.Output();
        var command = new LodestoneCommand("simulate", "Show what a site of any size costs, and what failures do to it, without one.")
        {
            Details =
                """
                Runs the product's own code in this process, without a kernel or a cluster: informers of agents and controllers over an API in
                memory, the address allocator, decisions about routings, plans of agents, tables in memory, and the model of the packet programs.
                Nothing outside the process is touched. Progress goes to stderr.

                The full size of docs/scale.md takes a quarter of an hour and 12 GB of memory, the default some seconds.
                """,
            Examples =
            [
                "simulate",
                "simulate -o json",
                "simulate --hosts 1000 --gateways 10 --networks 1000 --load-balancers 100000 --interfaces 1000000 --flows 50000",
            ],
        };
        foreach (Option option in (Option[])[hosts, gateways, networks, balancers, interfaces, percents, flows, seed, output])
        {
            command.Options.Add(option);
        }

        command.SetAction(async (result, cancellationToken) =>
        {
            var scale = new SimulationScale(
                result.GetValue(hosts), result.GetValue(gateways), result.GetValue(networks), result.GetValue(balancers), result.GetValue(interfaces));
            var options = new SimulationOptions(scale, result.GetRequiredValue(percents), result.GetValue(seed), result.GetValue(flows));
            if (options.Problem is { } problem)
            {
                throw new CommandException(problem, ExitCodes.Usage);
            }

            SimulationReport report = await new SimulationRun(options, Progress(timeProvider)).RunAsync(cancellationToken);
            Console.Write(result.GetRequiredValue(output) == "json" ? JsonSerializer.Serialize(report, CliJsonContext.Printed.SimulationReport) + "\n" : SimulationText.Of(report));
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Option<int> Number(string name, string description, int standard) =>
        new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => standard };

    private static Action<string> Progress(TimeProvider time)
    {
        long start = time.GetTimestamp();
        return line => Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time.GetElapsedTime(start).TotalSeconds,6:N1} s  {line}"));
    }
}
