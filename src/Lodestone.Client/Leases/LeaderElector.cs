using System.Threading.Channels;
using Lodestone.Api.BuiltIn;
using Lodestone.Client.Diagnostics;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Microsoft.Extensions.Logging;

namespace Lodestone.Client.Leases;

/// <summary>Lets one process of many do something, for as long as it holds a Lease; for ever: after a loss it stands again.</summary>
/// <remarks>
/// A candidate watches the Lease and asks for it now and then besides, in case the watch is broken: one that was released is taken at once,
/// one that is not renewed in the moment it lapses.
/// </remarks>
public sealed partial class LeaderElector
{
    private static readonly TimeSpan ReleaseLimit = TimeSpan.FromSeconds(2);

    private readonly ApiClient _client;
    private readonly LeaseOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly EventRecorder? _events;
    private readonly LeaseHolder _holder;
    private readonly Random _random;
    private readonly KeyValuePair<string, object?> _tag;
    private volatile LeaderTerm? _term;

    /// <summary>An elector that has not begun.</summary>
    /// <param name="client">How the Lease is reached; not behind the fence of a term.</param>
    /// <param name="options">Which Lease, and for how long.</param>
    /// <param name="logger">Where terms and failures are told.</param>
    /// <param name="timeProvider">The clock; only its timestamps decide anything.</param>
    /// <param name="events">Where begin and end of a term are told to people, as Events about the Lease; null: nowhere.</param>
    /// <exception cref="ArgumentException">The times of the options don't fit together.</exception>
    public LeaderElector(ApiClient client, LeaseOptions options, ILogger logger, TimeProvider timeProvider, EventRecorder? events = null)
    {
        options.Validate();
        _client = client;
        _options = options;
        _logger = logger;
        _time = timeProvider;
        _events = events;
        _holder = new LeaseHolder(client, options, timeProvider);
        _random = options.Random ?? new Random();
        _tag = new KeyValuePair<string, object?>("name", options.Name);
    }

    /// <summary>Whether this process leads.</summary>
    public bool IsLeading => _term?.IsOpen == true;

    /// <summary>Runs <paramref name="lead"/> while the Lease is held; see <see cref="RunAsync(Func{LeaderTerm, CancellationToken, Task}, CancellationToken)"/>.</summary>
    public Task RunAsync(Func<CancellationToken, Task> lead, CancellationToken cancellationToken) => RunAsync(
        async (term, token) =>
        {
            await term.BegunAsync(token);
            await lead(token);
        },
        cancellationToken);

    /// <summary>
    /// Calls <paramref name="serve"/>, which prepares itself, waits for its term to begin and works; and starts over when the term is
    /// lost. Its token is cancelled when renewing failed for the whole deadline, before anybody else may take over; its writes
    /// should go through <see cref="LeaderTerm.Fence"/>, which needs no timely cancellation. On cancellation the Lease is released once
    /// <paramref name="serve"/> has returned.
    /// </summary>
    /// <remarks>Returns when cancelled, or when <paramref name="serve"/> returns or throws by itself.</remarks>
    public async Task RunAsync(Func<LeaderTerm, CancellationToken, Task> serve, CancellationToken cancellationToken)
    {
        ClientMetrics.Leading.Add(0, _tag);
        while (!cancellationToken.IsCancellationRequested)
        {
            if (await ServeAsync(serve, cancellationToken))
            {
                return;
            }
        }
    }

    /// <summary>One candidacy and its term. False: the Lease was lost. True: the work ended or was cancelled.</summary>
    private async Task<bool> ServeAsync(Func<LeaderTerm, CancellationToken, Task> serve, CancellationToken cancellationToken)
    {
        var term = new LeaderTerm(_options.Name, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task work = serve(term, end.Token);
        Task holding = HoldAsync(term, end.Token);
        await Task.WhenAny(work, holding);
        bool isLost = !work.IsCompleted && !cancellationToken.IsCancellationRequested;
        if (isLost)
        {
            term.End();
        }

        await end.CancelAsync();
        try
        {
            await work;
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            await holding;
            await EndAsync(term, isLost);
        }

        return !isLost;
    }

    /// <summary>Waits for the Lease, begins the term and renews; returns when the Lease is lost, or cancelled.</summary>
    private async Task HoldAsync(LeaderTerm term, CancellationToken cancellationToken)
    {
        try
        {
            await WaitForLeaseAsync(cancellationToken);
            _term = term;
            term.Begin(_holder.RenewedAt, _options.RenewDeadline);
            ClientMetrics.Leading.Add(1, _tag);
            Log.Leading(_logger, _options.Name, _options.Identity);
            Tell("became leader");
            await RenewAsync(term, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The end of the candidacy.
        }
    }

    private async Task WaitForLeaseAsync(CancellationToken cancellationToken)
    {
        var changes = Channel.CreateUnbounded<Lease?>(new UnboundedChannelOptions { SingleReader = true });
        var options = new InformerOptions { Namespace = _options.Namespace, FieldSelector = $"metadata.name={_options.Name}", Random = _random };
        var informer = new SharedInformer<Lease>(_client, options, _logger, _time);
        informer.AddHandler((_, current) => changes.Writer.TryWrite(current));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task watching = informer.RunAsync(stop.Token);
        string lastHolder = "";
        try
        {
            while (!await TryAsync(_options.RenewDeadline / 2, cancellationToken))
            {
                if (_holder.Holder.Length > 0 && _holder.Holder != lastHolder)
                {
                    lastHolder = _holder.Holder;
                    Log.Waiting(_logger, _options.Name, lastHolder);
                }

                await PauseAsync(changes.Reader, cancellationToken);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await watching;
        }
    }

    /// <summary>Waits until it is time to ask for the Lease again: it became free, lapses, or the period is over.</summary>
    private async Task PauseAsync(ChannelReader<Lease?> changes, CancellationToken cancellationToken)
    {
        TimeSpan pause = _options.RetryPeriod * (1 + (0.2 * _random.NextDouble()));
        TimeSpan untilFree = _holder.UntilFree;
        if (untilFree > TimeSpan.Zero && untilFree < pause)
        {
            // Timers count whole milliseconds and may be early by one.
            pause = untilFree + TimeSpan.FromMilliseconds(1);
        }

        using var timer = new CancellationTokenSource(pause, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            while (await changes.WaitToReadAsync(either.Token))
            {
                while (changes.TryRead(out Lease? lease))
                {
                    _holder.Observe(lease);
                }

                if (_holder.UntilFree <= TimeSpan.Zero)
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The pause is over.
        }
    }

    /// <summary>Renews until the deadline passes without success, another has the Lease, or cancelled.</summary>
    private async Task RenewAsync(LeaderTerm term, CancellationToken cancellationToken)
    {
        while (term.Left is { } left && left > TimeSpan.Zero)
        {
            await Task.Delay(left < _options.RetryPeriod ? left : _options.RetryPeriod, _time, cancellationToken);
            left = term.Left;
            if (left <= TimeSpan.Zero)
            {
                return;
            }

            // One request that is never answered must not use up the time for another.
            TimeSpan limit = _options.RenewDeadline / 2;
            if (await TryAsync(left < limit ? left : limit, cancellationToken))
            {
                term.Extend(_holder.RenewedAt, _options.RenewDeadline);
            }
            else if (_holder.Holder.Length > 0 && _holder.Holder != _options.Identity)
            {
                return;
            }
        }
    }

    private async Task<bool> TryAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            return await _holder.TryAcquireOrRenewAsync(either.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException)
        {
            Log.Failed(_logger, _options.Name, $"no answer within {limit.TotalSeconds:0.0} s");
            return false;
        }
#pragma warning disable CA1031 // Whatever goes wrong with one attempt, there is another until the deadline; an elector that stops helps nobody.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.Failed(_logger, _options.Name, exception.Message);
            return false;
        }
    }

    private async Task EndAsync(LeaderTerm term, bool isLost)
    {
        term.End();
        if (term.HasBegun)
        {
            ClientMetrics.Leading.Add(-1, _tag);
            ClientMetrics.RefusedWrites.Add(term.Refused, _tag);
            Tell("stopped leading");
        }

        if (isLost)
        {
            Log.Lost(_logger, _options.Name, _options.Identity, _holder.Holder, term.Refused);
        }

        using var timeout = new CancellationTokenSource(ReleaseLimit, _time);
        try
        {
            await _holder.ReleaseAsync(timeout.Token);
        }
#pragma warning disable CA1031 // The others have to wait until it lapses; that is all.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.NotReleased(_logger, _options.Name, exception.Message);
        }
    }

    private void Tell(string what)
    {
        if (_holder.Observed is { } lease)
        {
            _events?.Record(lease, EventType.Normal, "LeaderElection", $"{_options.Identity} {what}");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2300, LogLevel.Information, "Waiting for lease {Lease}, held by {Holder}")]
        internal static partial void Waiting(ILogger logger, string lease, string holder);

        [LoggerMessage(2301, LogLevel.Information, "Holding lease {Lease} as {Identity}")]
        internal static partial void Leading(ILogger logger, string lease, string identity);

        [LoggerMessage(2302, LogLevel.Warning, "Lost lease {Lease} as {Identity}, its holder is '{Holder}' now; {Refused} writes were held back")]
        internal static partial void Lost(ILogger logger, string lease, string identity, string holder, long refused);

        [LoggerMessage(2303, LogLevel.Warning, "Lease {Lease}: {Message}")]
        internal static partial void Failed(ILogger logger, string lease, string message);

        [LoggerMessage(2304, LogLevel.Warning, "Lease {Lease} could not be released: {Message}")]
        internal static partial void NotReleased(ILogger logger, string lease, string message);
    }
}
