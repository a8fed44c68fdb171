using System.CommandLine;
using System.Text.Json;
using Lodestone.Agent.Trace;
using Lodestone.Cli.Counters;
using Lodestone.Cli.Hosting;
using Lodestone.Cli.Trace;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone counters</c>.</summary>
internal static class CountersCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create(TimeProvider timeProvider)
    {
        Option<string> pins = CommonOptions.PinDirectory();
        Option<string?> kubeconfig = CommonOptions.NamesKubeconfig();
        Option<string> output = CommonOptions.Output();
        var command = new LodestoneCommand("counters", "Print what the packet programs of this machine have counted: by verdict, VIP and target.")
        {
            Details =
                """
                Reads the pinned maps, whether the agent runs or not. Packets and bytes (from the IP header) since the maps were made; of a VIP and a
                target, since it is served. 'recorded' are flows written into the flow table while targets changed, 'pinned' packets that a record
                kept with another target than the slot's present owner.
                """,
            Examples = ["counters", "counters -o json"],
        };
        command.Options.Add(pins);
        command.Options.Add(kubeconfig);
        command.Options.Add(output);
        command.SetAction((result, cancellationToken) =>
        {
            Privileges.RequireInspection("counters");
            return RunAsync(
                result.GetRequiredValue(pins), result.GetValue(kubeconfig), result.GetRequiredValue(output) == "json", timeProvider, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(string pins, string? kubeconfig, bool json, TimeProvider time, CancellationToken cancellationToken)
    {
        using PinnedDatapath datapath = PinnedPaths.Open(pins);
        ObjectNames names = await ObjectNames.ReadAsync(kubeconfig, time, cancellationToken);
        CountersReport report = new CountersReporter(names, DeviceNames.Read()).Report(datapath);
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(report, CliJsonContext.Printed.CountersReport));
        }
        else
        {
            Console.Write(CountersText.Of(report));
        }

        return ExitCodes.Ok;
    }
}
