using System.CommandLine;
using System.Net;

using Lodestone.Cli.Hosting;
using Lodestone.Cli.Workload;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone workload</c>, the demo's HTTP server. Not shown in help.</summary>
internal static class WorkloadCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var name = new Option<string>("--name") { Description = "What it answers.", Required = true, HelpName = "NAME" };
        var listen = new Option<string[]>("--listen") { Description = "Where it listens; repeatable.", HelpName = "HOST:PORT", DefaultValueFactory = _ => ["[::]:80"] };
        var command = new LodestoneCommand("workload", "Serve HTTP and answer with a name, as a target of the demo.") { Hidden = true };
        command.Options.Add(name);
        command.Options.Add(listen);
        command.SetAction((result, cancellationToken) => RunAsync(
            result.GetRequiredValue(name),
            ListenAddress.ParseAll("--listen", result.GetRequiredValue(listen)),
            result.GetValue(CommonOptions.Verbose),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string name, IReadOnlyList<IPEndPoint> endpoints, bool verbose, CancellationToken cancellationToken)
    {
        await using var server = new WorkloadServer(name, endpoints, verbose);
        await server.StartAsync(cancellationToken);
        Console.WriteLine("ready");
        await cancellationToken.WhenCancelledAsync();
        return ExitCodes.Ok;
    }
}
