using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Leases;
using Microsoft.Extensions.Logging;

namespace Lodestone.Controllers;

/// <summary>Runs every controller against a Kubernetes API.</summary>
public static partial class ControllerManager
{
    private const string LeaseName = "lodestone-controllers";

    /// <summary>
    /// Runs until cancelled. An API server that is away is waited for. With leader election the controllers run only while this
    /// process holds the Lease, with fresh caches each time.
    /// </summary>
    public static async Task RunAsync(ApiClient client, ControllerOptions options, ILoggerFactory loggerFactory, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        ILogger logger = loggerFactory.CreateLogger(typeof(ControllerManager));
        try
        {
            await EnsureNamespaceAsync(client, logger, timeProvider, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }

        if (options.LeaderElection)
        {
            options.PhaseChanged?.Invoke(ControllerPhase.StandingBy);
            var lease = new LeaseOptions { Name = LeaseName, Identity = options.Identity };
            var elector = new LeaderElector(client, lease, loggerFactory.CreateLogger<LeaderElector>(), timeProvider);
            await elector.RunAsync(token => LeadAsync(client, options, loggerFactory, timeProvider, token), cancellationToken);
        }
        else
        {
            await RunControllersAsync(client, options, loggerFactory, timeProvider, cancellationToken);
        }
    }

    private static async Task LeadAsync(ApiClient client, ControllerOptions options, ILoggerFactory loggerFactory, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        try
        {
            await RunControllersAsync(client, options, loggerFactory, timeProvider, cancellationToken);
        }
        finally
        {
            options.PhaseChanged?.Invoke(ControllerPhase.StandingBy);
        }
    }

    private static async Task RunControllersAsync(ApiClient client, ControllerOptions options, ILoggerFactory loggerFactory, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        options.PhaseChanged?.Invoke(ControllerPhase.Syncing);
        var events = new EventRecorder(client, "lodestone-controllers", options.Identity, loggerFactory.CreateLogger<EventRecorder>(), timeProvider);
        using var set = new ControllerSet(client, options, events, loggerFactory, timeProvider);
        await Task.WhenAll(events.RunAsync(cancellationToken), set.RunAsync(cancellationToken));
    }

    /// <summary>Leases of Hosts and of leaders live in a namespace of our own.</summary>
    private static async Task EnsureNamespaceAsync(ApiClient client, ILogger logger, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                if (await client.TryGetAsync<Namespace>(new ObjectKey("", LeaseOptions.SystemNamespace), cancellationToken) is null)
                {
                    await client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = LeaseOptions.SystemNamespace } }, cancellationToken);
                }

                return;
            }
            catch (ApiException exception) when (exception.IsAlreadyExists)
            {
                return;
            }
            catch (Exception exception) when (exception is ApiException or HttpRequestException or TimeoutException)
            {
                Log.Waiting(logger, client.Server, exception.Message);
                await Task.Delay(TimeSpan.FromSeconds(1), timeProvider, cancellationToken);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3000, LogLevel.Warning, "Waiting for the API server at {Server}: {Message}")]
        internal static partial void Waiting(ILogger logger, Uri server, string message);
    }
}
