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
    private const string Component = "lodestone-controllers";

    /// <summary>
    /// Runs until cancelled. An API server that is away is waited for. With leader election the controllers run only while this
    /// process holds the Lease, with caches that are kept up to date while it waits, and nothing they write leaves this process once it could not be renewed
    /// in time.
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
            await RunElectedAsync(client, options, loggerFactory, timeProvider, cancellationToken);
        }
        else
        {
            await RunControllersAsync(client, client, null, options, loggerFactory, timeProvider, cancellationToken);
        }
    }

    private static async Task RunElectedAsync(ApiClient client, ControllerOptions options, ILoggerFactory loggerFactory, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var lease = new LeaseOptions
        {
            Name = LeaseName,
            Identity = options.Identity,
            Duration = options.LeaseDuration,
            RenewDeadline = options.RenewDeadline,
            RetryPeriod = options.RetryPeriod,
        };
        var events = new EventRecorder(client, Component, options.Identity, loggerFactory.CreateLogger<EventRecorder>(), timeProvider);
        var elector = new LeaderElector(client, lease, loggerFactory.CreateLogger<LeaderElector>(), timeProvider, events);
        using var stop = new CancellationTokenSource();
        Task telling = events.RunAsync(stop.Token);
        try
        {
            await elector.RunAsync(
                async (term, token) =>
                {
                    using ApiClient fenced = term.Fence(client);
                    try
                    {
                        await RunControllersAsync(fenced, client, term, options, loggerFactory, timeProvider, token);
                    }
                    finally
                    {
                        options.PhaseChanged?.Invoke(ControllerPhase.StandingBy);
                    }
                },
                cancellationToken);
        }
        finally
        {
            await stop.CancelAsync();
            await telling;
        }
    }

    private static async Task RunControllersAsync(ApiClient client, ApiClient reader, LeaderTerm? term, ControllerOptions options, ILoggerFactory loggerFactory, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        options.PhaseChanged?.Invoke(term is null ? ControllerPhase.Syncing : ControllerPhase.StandingBy);
        var events = new EventRecorder(client, Component, options.Identity, loggerFactory.CreateLogger<EventRecorder>(), timeProvider);
        using var set = new ControllerSet(client, reader, options, events, loggerFactory, timeProvider);
        await Task.WhenAll(events.RunAsync(cancellationToken), set.RunAsync(term, cancellationToken));
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
            catch (Exception exception) when (exception is ApiException or HttpRequestException or TimeoutException or System.Text.Json.JsonException)
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
