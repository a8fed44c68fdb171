using System.CommandLine;
using System.Net;

using Lodestone.Agent;
using Lodestone.Cli.Hosting;
using Lodestone.Cli.Metrics;

using Microsoft.Extensions.Logging;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone agent</c>.</summary>
internal static class AgentCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create(TimeProvider timeProvider)
    {
        Option<string?> kubeconfig = CommonOptions.Kubeconfig();
        Option<string?> health = CommonOptions.HealthListen();
        var agent = new NodeAgentCommandOptions();
        var command = new LodestoneCommand("agent", "Run this machine's agent only: it loads and fills the packet programs.")
        {
            Details =
                """
                Says 'ready' on stdout once the data path is attached. Needs credentials of its own: 'lodestone agent join' gets them with
                a token, and the agent renews them; 'lodestone credentials agent' issues them where the CA is. Packets keep flowing when the agent stops, however it does: programs and maps are
                pinned, and the next agent takes them over and applies only what has changed.
                """,
            Examples = ["agent --kubeconfig host-b.kubeconfig --host-name host-b --uplink eth0 --role hypervisor"],
        };
        command.Options.Add(kubeconfig);
        command.Options.Add(health);
        agent.AddTo(command);
        command.Subcommands.Add(AgentJoinCommand.Create(timeProvider));
        command.SetAction((result, cancellationToken) =>
        {
            Privileges.RequireDatapath("agent");
            return RunAsync(result.GetValue(kubeconfig), CommonOptions.ReadHealthListen(result, health), agent.Read(result, CommonOptions.DefaultDataDirectory), result.GetValue(CommonOptions.Verbose), timeProvider, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(string? kubeconfig, IPEndPoint? health, NodeAgentOptions options, bool verbose, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using ILoggerFactory loggers = StderrLogging.CreateFactory(verbose);
        await using var service = ServiceNotifier.Create(timeProvider, cancellationToken);
        try
        {
            await using AgentHost agent = await AgentHost.StartAsync(kubeconfig, options, loggers, timeProvider);
            await using HealthServer? probes = await HealthServer.StartAsync(
                health,
                () => agent.Completion.IsCompleted ? "agent has ended" : null,
                () => agent.IsSynced ? null : "agent: waits for the API server",
                metrics => AgentMetrics.Write(metrics, agent.Read()),
                loggers,
                () => AgentMetrics.Describe(agent.Read().Contact));
            Console.WriteLine("ready");
            service.Ready("the data path is attached", () => !agent.Completion.IsCompleted);
            await agent.Completion.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Told to stop.
        }

        return ExitCodes.Ok;
    }
}
