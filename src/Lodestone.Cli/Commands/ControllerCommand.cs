using System.CommandLine;
using System.Net;

using Lodestone.Cli.Hosting;
using Lodestone.Controllers;

using Microsoft.Extensions.Logging;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone controller</c>.</summary>
internal static class ControllerCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create(TimeProvider timeProvider)
    {
        Option<string?> kubeconfig = CommonOptions.Kubeconfig();
        Option<string?> health = CommonOptions.HealthListen();
        var alone = new Option<bool>("--no-leader-election") { Description = "Work at once, without asking for the Lease. For a controller that has no second." };
        var election = new LeaderElectionCommandOptions();
        var flows = new FlowCommandOptions();
        var command = new LodestoneCommand("controller", "Run the controllers only, against any Kubernetes API that serves our kinds.")
        {
            Details =
                """
                Says 'ready' on stdout once it leads and its caches are filled. Several may run; a Lease in lodestone-system decides which
                one works; those that wait are ready too, by /readyz. One that is told to stop gives the Lease up, and another works at once; one
                that dies is followed when the Lease lapses. An API server that is away is waited for. SIGINT and SIGTERM stop it.
                """,
            Examples = ["controller --kubeconfig controller.kubeconfig", "controller --health-listen 127.0.0.1:8081"],
        };
        command.Options.Add(kubeconfig);
        command.Options.Add(alone);
        command.Options.Add(health);
        election.AddTo(command);
        flows.AddTo(command);
        command.SetAction((result, cancellationToken) => RunAsync(
            result.GetValue(kubeconfig),
            CommonOptions.ReadHealthListen(result, health),
            flows.Apply(result, election.Apply(result, new ControllerOptions { LeaderElection = !result.GetValue(alone) })),
            result.GetValue(CommonOptions.Verbose),
            timeProvider,
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string? kubeconfig, IPEndPoint? health, ControllerOptions options, bool verbose, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using ILoggerFactory loggers = StderrLogging.CreateFactory(verbose);
        await using var service = ServiceNotifier.Create(timeProvider, cancellationToken);
        await using ControllerHost controllers = ControllerHost.Start(kubeconfig, options, loggers, timeProvider);
        await using HealthServer? probes = await HealthServer.StartAsync(
            health,
            () => controllers.Completion.IsFaulted ? "controllers have ended" : null,
            () => controllers.Phase is ControllerPhase.Connecting or ControllerPhase.Syncing ? $"controllers: {controllers.Phase}" : null,
            _ => { },
            loggers);
        try
        {
            // One that waits for the Lease is as ready as it can be.
            service.Ready("works, or waits to be the leader", () => !controllers.Completion.IsCompleted);
            await controllers.WaitUntilSyncedAsync(cancellationToken);
            Console.WriteLine("ready");
            await controllers.Completion.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Told to stop.
        }

        return ExitCodes.Ok;
    }
}
