using System.CommandLine;
using System.Net;

using Lodestone.Cli.Hosting;
using Lodestone.Cli.Workload;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone workload</c>, what targets of demo and lab run. Not shown in help.</summary>
internal static class WorkloadCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var name = new Option<string>("--name") { Description = "What it answers.", Required = true, HelpName = "NAME" };
        var listen = new Option<string[]>("--listen") { Description = "Where it listens; repeatable.", HelpName = "HOST:PORT", DefaultValueFactory = _ => ["[::]:80"] };
        var stream = new Option<string[]>("--stream") { Description = "Where it takes TCP streams and tells how much has come; repeatable.", HelpName = "HOST:PORT", DefaultValueFactory = _ => [] };
        var datagram = new Option<string[]>("--datagram") { Description = "Where it answers numbered datagrams; repeatable.", HelpName = "HOST:PORT", DefaultValueFactory = _ => [] };
        var command = new LodestoneCommand("workload", "Serve HTTP and answer with a name, as a target of demo and lab.") { Hidden = true };
        command.Options.Add(name);
        command.Options.Add(listen);
        command.Options.Add(stream);
        command.Options.Add(datagram);
        command.SetAction((result, cancellationToken) => RunAsync(
            result.GetRequiredValue(name),
            ListenAddress.ParseAll("--listen", result.GetRequiredValue(listen)),
            ListenAddress.ParseAll("--stream", result.GetRequiredValue(stream)),
            ListenAddress.ParseAll("--datagram", result.GetRequiredValue(datagram)),
            result.GetValue(CommonOptions.Verbose),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        string name, IReadOnlyList<IPEndPoint> http, IReadOnlyList<IPEndPoint> streams, IReadOnlyList<IPEndPoint> datagrams, bool verbose, CancellationToken cancellationToken)
    {
        List<IAsyncDisposable> servers = [];
        try
        {
            var server = new WorkloadServer(name, http, verbose);
            servers.Add(server);
            await server.StartAsync(cancellationToken);
            servers.AddRange(streams.Select(endpoint => new StreamServer(name, endpoint)));
            servers.AddRange(datagrams.Select(endpoint => new DatagramServer(name, endpoint)));
            Console.WriteLine("ready");
            await cancellationToken.WhenCancelledAsync();
        }
        finally
        {
            foreach (IAsyncDisposable server in servers)
            {
                await server.DisposeAsync();
            }
        }

        return ExitCodes.Ok;
    }
}
