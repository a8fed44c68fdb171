using System.Net;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Client.Http;
using Lodestone.Client.Leases;
using Microsoft.Extensions.Logging;

namespace Lodestone.Agent.Heartbeat;

/// <summary>Keeps this machine's Lease: one write for each renewal, four of them in a duration.</summary>
/// <remarks>
/// Reads and writes its own Lease, creates namespace <c>lodestone-system</c> where it may. A gateway's is labelled, so that other gateways watch
/// those alone. While the API server cannot be reached it tries again; nothing else waits for it.
/// </remarks>
internal sealed partial class HostLease
{
    /// <summary>Label of gateways' leases.</summary>
    public const string GatewayLabel = "lodestone.dev/gateway";

    private readonly ApiClient _client;
    private readonly LeaseHolder _holder;
    private readonly string _hostName;
    private readonly TimeSpan _duration;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Action<TimeSpan> _regained;
    private bool _isFailing;
    private long _renewedAt;
    private bool _wasRenewed;

    /// <param name="client">The API.</param>
    /// <param name="hostName">Name of the Host, and of the Lease.</param>
    /// <param name="isGateway">Whether it announces addresses.</param>
    /// <param name="duration">How long the Lease lasts without being renewed.</param>
    /// <param name="regained">Called when it is renewed again after it had lapsed, with the time since the renewal before.</param>
    /// <param name="logger">Where to tell of trouble.</param>
    /// <param name="time">The clock.</param>
    public HostLease(ApiClient client, string hostName, bool isGateway, TimeSpan duration, Action<TimeSpan> regained, ILogger logger, TimeProvider time)
    {
        _client = client;
        _hostName = hostName;
        _duration = duration;
        _regained = regained;
        _logger = logger;
        _time = time;
        _holder = new LeaseHolder(
            client,
            new LeaseOptions
            {
                Name = hostName,
                Identity = hostName,
                Duration = duration,
                Labels = isGateway ? new Dictionary<string, string> { [GatewayLabel] = "true" } : [],
            },
            time);
    }

    /// <summary>Whether it was renewed within its duration: nobody else can have taken it for lapsed, since others count from later.</summary>
    public bool IsValid => Age < _duration;

    /// <summary>Time since it was last renewed; null: it never was.</summary>
    public TimeSpan? Age => Volatile.Read(ref _wasRenewed) ? _time.GetElapsedTime(Volatile.Read(ref _renewedAt)) : null;

    /// <summary>Renews until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(_duration / 4, _time);
        do
        {
            await RenewAsync(cancellationToken);
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    /// <summary>One attempt, of at most half a duration: one request that is never answered must not use up the time for another.</summary>
    internal async Task RenewAsync(CancellationToken cancellationToken)
    {
        long began = _time.GetTimestamp();
        using var limit = new CancellationTokenSource(_duration / 2, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            if (await TryRenewAsync(either.Token))
            {
                TimeSpan? age = Age;
                Volatile.Write(ref _renewedAt, began);
                Volatile.Write(ref _wasRenewed, true);
                Tell(null);
                if (age > _duration)
                {
                    _regained(age.Value);
                }
            }
            else
            {
                Tell($"it is held by '{_holder.Holder}'; is there another agent with --host-name {_hostName}?");
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Tell($"no answer within {_duration.TotalSeconds / 2:0.0} s");
        }
        catch (Exception e) when (e is ApiException or HttpRequestException or TimeoutException or IOException)
        {
            Tell(e.Message);
        }
    }

    private async Task<bool> TryRenewAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _holder.TryAcquireOrRenewAsync(cancellationToken);
        }
        catch (ApiException e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            await EnsureNamespaceAsync(cancellationToken);
            return await _holder.TryAcquireOrRenewAsync(cancellationToken);
        }
    }

    private async Task EnsureNamespaceAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = LeaseOptions.SystemNamespace } }, cancellationToken);
        }
        catch (ApiException e) when (e.IsAlreadyExists)
        {
            // Somebody was faster.
        }
    }

    /// <summary>Once for each change: attempts are many.</summary>
    private void Tell(string? failure)
    {
        if (failure is not null && !_isFailing)
        {
            Log.NotRenewed(_logger, _hostName, failure);
        }
        else if (failure is null && _isFailing)
        {
            Log.RenewedAgain(_logger, _hostName);
        }

        _isFailing = failure is not null;
    }

    private static partial class Log
    {
        [LoggerMessage(4310, LogLevel.Warning, "The lease of host {Host} could not be renewed, which is tried again: {Message}")]
        internal static partial void NotRenewed(ILogger logger, string host, string message);

        [LoggerMessage(4311, LogLevel.Information, "The lease of host {Host} is renewed again")]
        internal static partial void RenewedAgain(ILogger logger, string host);
    }
}
