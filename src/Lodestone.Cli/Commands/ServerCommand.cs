using System.CommandLine;

using Lodestone.Agent;
using Lodestone.ApiServer;
using Lodestone.Cli.Hosting;
using Lodestone.Cli.Metrics;
using Lodestone.Controllers;

using Microsoft.Extensions.Logging;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone server</c>: everything one machine needs, in one process.</summary>
internal static class ServerCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create(TimeProvider timeProvider)
    {
        Option<string> dataDirectory = CommonOptions.DataDirectory();
        Option<string[]> listen = CommonOptions.Listen();
        var api = new ApiServerCommandOptions();
        var noAgent = new Option<bool>("--no-agent") { Description = "API server and controllers only; needs no root." };
        var agent = new NodeAgentCommandOptions();
        var flows = new FlowCommandOptions();
        var command = new LodestoneCommand("server", "Run API server, controllers and this machine's agent in one process.")
        {
            Details =
                """
                Says 'ready' on stdout once the API is served, the controllers' caches are filled and the data path is attached. The
                administrator's kubeconfig is DIR/kubeconfig. SIGINT and SIGTERM stop the agent, then the controllers, then the API server
                (which ends watches, lets running requests finish and closes the store); a second one ends the process at once. Packets
                keep flowing when the process stops, however it does: programs and maps are pinned, and a later agent takes them over.
                """,
            Examples =
            [
                "server --no-agent --data-dir ./data",
                "server --data-dir /var/lib/lodestone --uplink eth0",
                "server --listen 127.0.0.1:6443 --listen [2001:db8::1]:6443 --host-name host-a --uplink eth0",
            ],
        };
        command.Options.Add(dataDirectory);
        command.Options.Add(listen);
        api.AddTo(command);
        command.Options.Add(noAgent);
        flows.AddTo(command);
        agent.AddTo(command);
        command.SetAction((result, cancellationToken) =>
        {
            if (!result.GetValue(noAgent))
            {
                Privileges.RequireDatapath("server", "add --no-agent to run API server and controllers only");
            }

            return RunAsync(
                api.Apply(result, new LodestoneApiServerOptions
                {
                    DataDirectory = result.GetRequiredValue(dataDirectory),
                    Listen = ListenAddress.ParseAll("--listen", result.GetRequiredValue(listen)),
                    TimeProvider = timeProvider,
                }),
                flows.Apply(result, new ControllerOptions()),
                result.GetValue(noAgent) ? null : agent.Read(result, result.GetRequiredValue(dataDirectory)),
                result.GetValue(CommonOptions.Verbose),
                cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        LodestoneApiServerOptions options, ControllerOptions controllerOptions, NodeAgentOptions? agentOptions, bool verbose, CancellationToken cancellationToken)
    {
        using ILoggerFactory loggers = StderrLogging.CreateFactory(verbose);
        await using var service = ServiceNotifier.Create(options.TimeProvider, cancellationToken);
        try
        {
            // Disposed in the opposite order: first the agent, last the API server.
            using var parts = new PartMetrics();
            await using var server = new LodestoneApiServer(options with { LoggerFactory = loggers, OtherMetrics = parts.Write, FlowHashKeyFile = agentOptions?.FlowHashKeyFile });
            await server.StartAsync(cancellationToken);

            // The parts in this process reach the API as those elsewhere do, with credentials of their own and no more rights.
            string controllerKubeconfig = server.KeepKubeconfig("controller.kubeconfig", url => server.Credentials.IssueControllerKubeconfig(url));
            await using ControllerHost controllers = ControllerHost.Start(controllerKubeconfig, controllerOptions, loggers, options.TimeProvider);
            await controllers.WaitUntilSyncedAsync(cancellationToken);

            await using AgentHost? agent = agentOptions is null
                ? null
                : await AgentHost.StartAsync(KeepAgentKubeconfig(server, agentOptions), agentOptions, loggers, options.TimeProvider);
            using IDisposable? told = agent is null ? null : parts.Serve(agent.Read);
            Console.WriteLine("ready");
            service.Ready($"serves at {server.Url}", () => !controllers.Completion.IsCompleted && agent?.Completion.IsCompleted != true);
            await await Task.WhenAny(controllers.Completion, agent?.Completion ?? controllers.Completion).WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Told to stop.
        }

        return ExitCodes.Ok;
    }

    private static string KeepAgentKubeconfig(LodestoneApiServer server, NodeAgentOptions agentOptions) =>
        server.KeepKubeconfig("agent.kubeconfig", url => server.Credentials.IssueAgentKubeconfig(url, agentOptions.HostName));
}
