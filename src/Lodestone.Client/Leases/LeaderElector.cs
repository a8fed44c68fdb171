using Lodestone.Client.Diagnostics;
using Lodestone.Client.Http;
using Microsoft.Extensions.Logging;

namespace Lodestone.Client.Leases;

/// <summary>Lets one process of many do something, for as long as it holds a Lease; for ever: after a loss it stands again.</summary>
public sealed partial class LeaderElector(ApiClient client, LeaseOptions options, ILogger logger, TimeProvider timeProvider)
{
    private readonly LeaseHolder _holder = new(client, options, timeProvider);

    /// <summary>Whether this process leads.</summary>
    public bool IsLeading { get; private set; }

    /// <summary>
    /// Waits for the Lease, runs <paramref name="lead"/> while it is held, and starts over when it is lost. The token given to
    /// <paramref name="lead"/> is cancelled when renewing failed for the whole deadline, before anybody else may take over.
    /// On cancellation the Lease is released once <paramref name="lead"/> has returned.
    /// </summary>
    /// <remarks>Returns when cancelled, or when <paramref name="lead"/> returns or throws by itself.</remarks>
    public async Task RunAsync(Func<CancellationToken, Task> lead, CancellationToken cancellationToken)
    {
        while (await WaitForLeaseAsync(cancellationToken))
        {
            if (await LeadAsync(lead, cancellationToken))
            {
                return;
            }
        }
    }

    /// <summary>True: we hold it. False: cancelled.</summary>
    private async Task<bool> WaitForLeaseAsync(CancellationToken cancellationToken)
    {
        string lastHolder = "";
        try
        {
            while (!await TryAsync(cancellationToken))
            {
                if (_holder.Holder.Length > 0 && _holder.Holder != lastHolder)
                {
                    lastHolder = _holder.Holder;
                    Log.Waiting(logger, options.Name, lastHolder);
                }

                await Task.Delay(options.RetryPeriod, timeProvider, cancellationToken);
            }

            return true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Leads until the Lease is lost (false), or the work ends or is cancelled (true).</summary>
    private async Task<bool> LeadAsync(Func<CancellationToken, Task> lead, CancellationToken cancellationToken)
    {
        using var term = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Log.Leading(logger, options.Name, options.Identity);
        IsLeading = true;
        ClientMetrics.Leading.Add(1, new KeyValuePair<string, object?>("name", options.Name));
        Task renewing = RenewAsync(term.Token);
        Task work = lead(term.Token);
        await Task.WhenAny(renewing, work);
        bool wasLost = !work.IsCompleted && !cancellationToken.IsCancellationRequested;
        await term.CancelAsync();
        try
        {
            await work;
        }
        catch (OperationCanceledException) when (term.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            await renewing;
            IsLeading = false;
            ClientMetrics.Leading.Add(-1, new KeyValuePair<string, object?>("name", options.Name));
            await ReleaseAsync();
        }

        if (wasLost)
        {
            Log.Lost(logger, options.Name, options.Identity);
        }

        return !wasLost;
    }

    /// <summary>Renews until the deadline passes without success, or until cancelled.</summary>
    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(options.RenewDeadline, timeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            while (true)
            {
                await Task.Delay(options.RetryPeriod, timeProvider, linked.Token);
                if (await TryAsync(linked.Token))
                {
                    deadline.CancelAfter(options.RenewDeadline);
                }
                else if (_holder.Holder.Length > 0 && _holder.Holder != options.Identity)
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The deadline or the end of the term.
        }
    }

    private async Task<bool> TryAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _holder.TryAcquireOrRenewAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is ApiException or HttpRequestException or TimeoutException or System.Text.Json.JsonException)
        {
            Log.Failed(logger, options.Name, exception.Message);
            return false;
        }
    }

    private async Task ReleaseAsync()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(2), timeProvider);
        try
        {
            await _holder.ReleaseAsync(timeout.Token);
        }
        catch (Exception exception) when (exception is ApiException or HttpRequestException or TimeoutException or OperationCanceledException)
        {
            // The others have to wait until it lapses; that is all.
            Log.Failed(logger, options.Name, exception.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2300, LogLevel.Information, "Waiting for lease {Lease}, held by {Holder}")]
        internal static partial void Waiting(ILogger logger, string lease, string holder);

        [LoggerMessage(2301, LogLevel.Information, "Holding lease {Lease} as {Identity}")]
        internal static partial void Leading(ILogger logger, string lease, string identity);

        [LoggerMessage(2302, LogLevel.Warning, "Lost lease {Lease} as {Identity}")]
        internal static partial void Lost(ILogger logger, string lease, string identity);

        [LoggerMessage(2303, LogLevel.Warning, "Lease {Lease}: {Message}")]
        internal static partial void Failed(ILogger logger, string lease, string message);
    }
}
