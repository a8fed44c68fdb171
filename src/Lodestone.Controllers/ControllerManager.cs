using System.Net;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Leases;
using Lodestone.Controllers.Services;
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
        bool hasServices;
        try
        {
            await WhenThereAsync(client, () => EnsureNamespaceAsync(client, cancellationToken), logger, timeProvider, cancellationToken);
            hasServices = await WhenThereAsync(client, () => HasServicesAsync(client, cancellationToken), logger, timeProvider, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }

        if (hasServices)
        {
            Log.ServesServices(logger, ServiceNames.Class);
        }

        if (options.LeaderElection)
        {
            await RunElectedAsync(client, options, loggerFactory, hasServices, timeProvider, cancellationToken);
        }
        else
        {
            await RunControllersAsync(client, client, null, options, loggerFactory, hasServices, timeProvider, cancellationToken);
        }
    }

    private static async Task RunElectedAsync(ApiClient client, ControllerOptions options, ILoggerFactory loggerFactory, bool hasServices, TimeProvider timeProvider, CancellationToken cancellationToken)
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
                        await RunControllersAsync(fenced, client, term, options, loggerFactory, hasServices, timeProvider, token);
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

    private static async Task RunControllersAsync(ApiClient client, ApiClient reader, LeaderTerm? term, ControllerOptions options, ILoggerFactory loggerFactory, bool hasServices, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        options.PhaseChanged?.Invoke(term is null ? ControllerPhase.Syncing : ControllerPhase.StandingBy);
        var events = new EventRecorder(client, Component, options.Identity, loggerFactory.CreateLogger<EventRecorder>(), timeProvider);
        using var set = new ControllerSet(client, reader, options, events, loggerFactory, hasServices, timeProvider);
        await Task.WhenAll(events.RunAsync(cancellationToken), set.RunAsync(term, cancellationToken));
    }

    /// <summary>Leases of Hosts and of leaders live in a namespace of our own.</summary>
    private static async Task<bool> EnsureNamespaceAsync(ApiClient client, CancellationToken cancellationToken)
    {
        try
        {
            if (await client.TryGetAsync<Namespace>(new ObjectKey("", LeaseOptions.SystemNamespace), cancellationToken) is null)
            {
                await client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = LeaseOptions.SystemNamespace } }, cancellationToken);
            }
        }
        catch (ApiException exception) when (exception.IsAlreadyExists)
        {
            // Somebody was faster.
        }

        return true;
    }

    /// <summary>Whether there can be Services for us: our own API server has none, and clusters before 1.21 no EndpointSlices of v1.</summary>
    private static async Task<bool> HasServicesAsync(ApiClient client, CancellationToken cancellationToken)
    {
        foreach (ResourceDefinition kind in ResourceDefinitions.OfCluster)
        {
            try
            {
                if (!await client.IsServedAsync(kind, cancellationToken))
                {
                    return false;
                }
            }
            catch (ApiException exception) when (exception.StatusCode == HttpStatusCode.Forbidden)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Does something when the API server is there.</summary>
    private static async Task<T> WhenThereAsync<T>(ApiClient client, Func<Task<T>> action, ILogger logger, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await action();
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

        [LoggerMessage(3002, LogLevel.Information, "Services of type LoadBalancer with loadBalancerClass {Class} are served")]
        internal static partial void ServesServices(ILogger logger, string @class);
    }
}
