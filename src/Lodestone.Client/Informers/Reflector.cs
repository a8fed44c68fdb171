using System.Globalization;
using System.Text.Json;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.Client.Diagnostics;
using Lodestone.Client.Http;
using Microsoft.Extensions.Logging;

namespace Lodestone.Client.Informers;

/// <summary>Feeds an informer: list, then watch from there, for ever.</summary>
/// <remarks>
/// <list type="number">
/// <item>List, page by page. A page token that expired: the whole list once more, unpaged. Deletes are computed after the last page.</item>
/// <item>Watch from the list's version, asking for bookmarks and an end after a random 5 to 10 minutes.</item>
/// <item>End of stream, or a lost or stalled connection: watch again from the last version seen; nothing is missed, nothing is listed.</item>
/// <item>Expired, or a version the server doesn't know (it lost its state): back to 1.</item>
/// </list>
/// Somebody who has to know everything up to now (<see cref="RefreshAsync"/>) interrupts 3 and any delay: back to 1.
/// Every failure is followed by a delay that doubles, with jitter; a server that says when to come back is obeyed. With <see cref="InformerOptions.ReturnsWithServer"/>
/// one that could not be reached is tried again when it has answered somebody else, and a list that is due after an answer doesn't wait for as long as the failures before.
/// </remarks>
internal sealed partial class Reflector<T>
    where T : KubernetesObject
{
    private readonly ApiClient _client;
    private readonly InformerOptions _options;
    private readonly SharedInformer<T> _informer;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly Backoff _backoff;
    private readonly Backoff _returning;
    private readonly ResourceDefinition _definition = ResourceDefinitions.Of<T>();
    private readonly Lock _refreshLock = new();
    private readonly List<(long Since, TaskCompletionSource Done)> _refreshes = [];
    private CancellationTokenSource? _interrupt;
    private long _listedFrom = long.MinValue;
    private string? _version;

    internal Reflector(ApiClient client, InformerOptions options, SharedInformer<T> informer, ILogger logger, TimeProvider timeProvider)
    {
        _client = client;
        _options = options;
        _informer = informer;
        _logger = logger;
        _time = timeProvider;
        _random = options.Random ?? new Random();
        _backoff = new Backoff(options.MinBackoff, options.MaxBackoff, _random, timeProvider);
        _returning = new Backoff(options.MinBackoff, options.MaxBackoff, _random, timeProvider);
    }

    /// <summary>Completes when a list is taken over that was begun at or after <paramref name="since"/>, a timestamp; has one made where there was none.</summary>
    internal Task RefreshAsync(long since, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_refreshLock)
        {
            if (_listedFrom >= since)
            {
                return Task.CompletedTask;
            }

            // Its callbacks run elsewhere, not under this lock.
            _refreshes.Add((since, done));
            _ = _interrupt?.CancelAsync();
        }

        return done.Task.WaitAsync(cancellationToken);
    }

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            bool isRefreshWanted = Begin(interrupt);
            try
            {
                await StepAsync(isRefreshWanted, interrupt.Token, cancellationToken);
            }
            catch (OperationCanceledException) when (interrupt.IsCancellationRequested || cancellationToken.IsCancellationRequested)
            {
                // The end, or somebody who can't wait: once more around.
            }
            finally
            {
                Begin(null);
            }
        }
    }

    /// <summary>A list where one is due, one watch, and the delay after a failure.</summary>
    /// <param name="isRefreshWanted">Whether to list whatever is known.</param>
    /// <param name="interrupt">Ends watch and delay; what was read from the watch is taken over whole.</param>
    /// <param name="cancellationToken">Ends everything.</param>
    private async Task StepAsync(bool isRefreshWanted, CancellationToken interrupt, CancellationToken cancellationToken)
    {
        TimeSpan? delay;
        Task? answer = null;
        try
        {
            if (_version is null || isRefreshWanted)
            {
                long began = _time.GetTimestamp();
                _version = await ListAsync(cancellationToken);
                Listed(began);
            }

            delay = await WatchAsync(interrupt, cancellationToken);
        }
        catch (ApiException exception) when (exception.IsExpired || exception.IsTooLargeResourceVersion)
        {
            delay = Expired(exception.Message);
        }
        catch (OperationCanceledException) when (interrupt.IsCancellationRequested || cancellationToken.IsCancellationRequested)
        {
            // Both are asked: the end reaches who waits for it directly before it reaches the interrupt that is linked to it.
            throw;
        }
#pragma warning disable CA1031 // Whatever goes wrong, a mirror of the API that stops is worse than one that tries again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            delay = Failed(exception);
            answer = _options.ReturnsWithServer && exception is not (ApiException or JsonException or InvalidDataException) ? _client.Reach.NextAnswer() : null;
        }

        if (delay is { } pause)
        {
            await WaitAsync(pause, answer, interrupt);
        }
    }

    /// <summary>Waits for so long, or until shortly after an answer; that doubles too while this one fails all the same.</summary>
    private async Task WaitAsync(TimeSpan pause, Task? answer, CancellationToken interrupt)
    {
        if (answer is null)
        {
            await Task.Delay(pause, _time, interrupt);
            return;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        var whole = Task.Delay(pause, _time, end.Token);
        if (await Task.WhenAny(whole, answer) == answer)
        {
            await Task.WhenAny(whole, Task.Delay(_returning.Next(), _time, end.Token));
        }

        await end.CancelAsync();
        interrupt.ThrowIfCancellationRequested();
    }

    /// <summary>Says what <see cref="RefreshAsync"/> has to interrupt from here on; returns whether somebody waits for a list already.</summary>
    private bool Begin(CancellationTokenSource? interrupt)
    {
        lock (_refreshLock)
        {
            _interrupt = interrupt;
            return _refreshes.Count > 0;
        }
    }

    private void Listed(long began)
    {
        lock (_refreshLock)
        {
            _listedFrom = began;
            foreach ((long since, TaskCompletionSource done) in _refreshes)
            {
                if (since <= began)
                {
                    done.TrySetResult();
                }
            }

            _refreshes.RemoveAll(r => r.Since <= began);
        }
    }

    private async Task<string> ListAsync(CancellationToken cancellationToken)
    {
        var options = new ListOptions
        {
            Namespace = _options.Namespace,
            LabelSelector = _options.LabelSelector,
            FieldSelector = _options.FieldSelector,
            Limit = _options.PageSize,
        };
        List<T> items;
        string? version;
        try
        {
            (items, version) = await ListPagesAsync(options, cancellationToken);
        }
        catch (ApiException exception) when (exception.IsExpired)
        {
            // The pages took longer than the server keeps history; one big answer can't expire.
            Log.PagesExpired(_logger, _definition.Plural);
            (items, version) = await ListPagesAsync(options with { Limit = null }, cancellationToken);
        }

        if (string.IsNullOrEmpty(version))
        {
            throw new InvalidDataException($"the list of {_definition.QualifiedName} has no resourceVersion");
        }

        ClientMetrics.Lists.Add(1, new KeyValuePair<string, object?>("resource", _definition.Plural));
        await _informer.ReplaceAsync(items, cancellationToken);
        return version;
    }

    private async Task<(List<T> Items, string? Version)> ListPagesAsync(ListOptions options, CancellationToken cancellationToken)
    {
        var items = new List<T>();
        while (true)
        {
            KubernetesList<T> page = await _client.ListPageAsync<T>(options, cancellationToken);
            items.AddRange(page.Items);
            if (string.IsNullOrEmpty(page.Metadata.Continue))
            {
                return (items, page.Metadata.ResourceVersion);
            }

            options = options with { Continue = page.Metadata.Continue };
        }
    }

    /// <summary>One watch. Returns how long to wait before the next; null: not at all.</summary>
    private async Task<TimeSpan?> WatchAsync(CancellationToken interrupt, CancellationToken cancellationToken)
    {
        TimeSpan timeout = _options.WatchTimeout * (1 + _random.NextDouble());
        var options = new WatchOptions
        {
            Namespace = _options.Namespace,
            LabelSelector = _options.LabelSelector,
            FieldSelector = _options.FieldSelector,
            ResourceVersion = _version,
            Timeout = timeout,
        };
        ClientMetrics.Watches.Add(1, new KeyValuePair<string, object?>("resource", _definition.Plural));
        long started = _time.GetTimestamp();
        long events = 0;
        using var stall = new CancellationTokenSource(_options.StallTimeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(interrupt, stall.Token);
        try
        {
            await foreach (WatchEvent<T> watchEvent in _client.WatchAsync<T>(options, linked.Token))
            {
                stall.CancelAfter(_options.StallTimeout);
                if (watchEvent.Type == WatchEventType.Error)
                {
                    throw new ApiException($"watch {_definition.QualifiedName} from {_version}", watchEvent.Error ?? new Status());
                }

                events++;
                await ApplyAsync(watchEvent, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (stall.IsCancellationRequested && !interrupt.IsCancellationRequested)
        {
            Log.Stalled(_logger, _definition.Plural, _options.StallTimeout);
            CountFailure("stalled");
            return _backoff.Next();
        }
        finally
        {
            if (events > 0 || _time.GetElapsedTime(started) >= _options.ShortWatch)
            {
                _returning.Reset();
            }
        }

        if (events == 0 && _time.GetElapsedTime(started) < _options.ShortWatch)
        {
            Log.ShortWatch(_logger, _definition.Plural);
            CountFailure("short");
            return _backoff.Next();
        }

        _backoff.Reset();
        return null;
    }

    private async ValueTask ApplyAsync(WatchEvent<T> watchEvent, CancellationToken cancellationToken)
    {
        T item = watchEvent.Item!;
        switch (watchEvent.Type)
        {
            case WatchEventType.Added or WatchEventType.Modified:
                await _informer.SetAsync(item, cancellationToken);
                break;
            case WatchEventType.Deleted:
                await _informer.RemoveAsync(item, cancellationToken);
                break;
            default:
                _informer.Heard();
                break;
        }

        // Only now: a watch that is resumed after a failure above must see the event again.
        _version = item.Metadata.ResourceVersion ?? _version;
    }

    private TimeSpan Expired(string message)
    {
        Log.Expired(_logger, _definition.Plural, _version ?? "", message);
        CountFailure("expired");
        _version = null;
        return (_options.ReturnsWithServer ? _returning : _backoff).Next();
    }

    private TimeSpan Failed(Exception exception)
    {
        string reason = exception is ApiException api ? api.StatusCode.ToString() : exception.GetType().Name;
        CountFailure(reason);
        _informer.Failed(exception.Message);
        TimeSpan delay = _backoff.Next();
        if (exception is ApiException { RetryAfter: { } retryAfter } && retryAfter > delay)
        {
            delay = retryAfter * (1 + (0.25 * _random.NextDouble()));
        }

        if (exception is JsonException or InvalidDataException)
        {
            // What can't be read now can't be read from the same version later.
            _version = null;
        }

        Log.Failed(_logger, _definition.Plural, _version ?? "the beginning", exception.Message, delay.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture));
        return delay;
    }

    private void CountFailure(string reason) =>
        ClientMetrics.WatchFailures.Add(1, new("resource", _definition.Plural), new("reason", reason));

    private static partial class Log
    {
        [LoggerMessage(2000, LogLevel.Information, "Pages of {Resource} expired while they were read; listing without pages")]
        internal static partial void PagesExpired(ILogger logger, string resource);

        [LoggerMessage(2001, LogLevel.Warning, "The watch of {Resource} was silent for {Timeout}; connecting again")]
        internal static partial void Stalled(ILogger logger, string resource, TimeSpan timeout);

        [LoggerMessage(2002, LogLevel.Warning, "The watch of {Resource} ended at once")]
        internal static partial void ShortWatch(ILogger logger, string resource);

        [LoggerMessage(2003, LogLevel.Information, "The watch of {Resource} can't go on from {Version}, listing again: {Message}")]
        internal static partial void Expired(ILogger logger, string resource, string version, string message);

        [LoggerMessage(2004, LogLevel.Warning, "Following {Resource} from {Version} failed: {Message}; next try in {Delay} s")]
        internal static partial void Failed(ILogger logger, string resource, string version, string message, string delay);
    }
}
