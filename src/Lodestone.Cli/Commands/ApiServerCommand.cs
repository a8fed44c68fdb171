using System.CommandLine;

using Lodestone.ApiServer;
using Lodestone.Cli.Hosting;

using Microsoft.Extensions.Logging;

namespace Lodestone.Cli.Commands;

/// <summary><c>lodestone apiserver</c>.</summary>
internal static class ApiServerCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create(TimeProvider timeProvider)
    {
        Option<string> dataDirectory = CommonOptions.DataDirectory();
        Option<string[]> listen = CommonOptions.Listen();
        var api = new ApiServerCommandOptions();
        var command = new LodestoneCommand("apiserver", "Serve the API only; controllers and agents run elsewhere.")
        {
            Details =
                """
                Says 'ready' on stdout once requests are served. The administrator's kubeconfig is DIR/kubeconfig.
                With --aggregated it serves our kinds only, to those whom the cluster lets, and needs 'lodestone manifests apiservices' there;
                'ready' is said once the cluster has told whom to trust, and /readyz tells what is missing until then.
                SIGINT and SIGTERM let running requests finish and close the store; a second one ends it at once.
                """,
            Examples =
            [
                "apiserver --data-dir /var/lib/lodestone --listen 127.0.0.1:6443 --listen [2001:db8::1]:6443",
                "apiserver --aggregated --kubeconfig apiserver.kubeconfig --tls-cert-file tls.crt --tls-private-key-file tls.key --listen 0.0.0.0:6443",
                "apiserver --audit-log /var/log/lodestone/audit.log --audit-log-max-backups 5",
                "credentials controller --data-dir /var/lib/lodestone --server https://127.0.0.1:6443 --out controller.kubeconfig",
            ],
        };
        command.Options.Add(dataDirectory);
        command.Options.Add(listen);
        var aggregation = new AggregationCommandOptions();
        aggregation.AddTo(command);
        api.AddTo(command);
        command.SetAction((result, cancellationToken) => RunAsync(
            api.Apply(result, new LodestoneApiServerOptions
            {
                DataDirectory = result.GetRequiredValue(dataDirectory),
                Listen = ListenAddress.ParseAll("--listen", result.GetRequiredValue(listen)),
                ExtraNames = aggregation.ReadNames(result),
                Aggregation = aggregation.Read(result),
                TimeProvider = timeProvider,
            }),
            result.GetValue(CommonOptions.Verbose),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(LodestoneApiServerOptions options, bool verbose, CancellationToken cancellationToken)
    {
        using ILoggerFactory loggers = StderrLogging.CreateFactory(verbose);
        await using var service = ServiceNotifier.Create(options.TimeProvider, cancellationToken);
        await using var server = new LodestoneApiServer(options with { LoggerFactory = loggers });
        await server.StartAsync(cancellationToken);
        await server.WaitUntilReadyAsync(cancellationToken);
        Console.WriteLine("ready");
        service.Ready($"serves at {server.Url}", () => true);
        await cancellationToken.WhenCancelledAsync();
        return ExitCodes.Ok;
    }
}
