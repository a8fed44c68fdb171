using System.Globalization;
using Lodestone.Api.Meta;
using Lodestone.Client.Diagnostics;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.Client.Queues;
using Microsoft.Extensions.Logging;

namespace Lodestone.Client.Controllers;

/// <summary>Runs a reconciler: informers put keys into its queue, workers take them out.</summary>
public sealed partial class ControllerRunner : IDisposable
{
    private const int ReplayTurn = 64;

    private readonly string _name;
    private readonly IReconciler _reconciler;
    private readonly int _workers;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly List<IInformer> _informers = [];
    private readonly List<Func<CancellationToken, Task>> _replays = [];
    private bool _standsBy;

    /// <summary>A controller that has not begun.</summary>
    /// <param name="name">Names it in logs and metrics.</param>
    /// <param name="reconciler">What it does.</param>
    /// <param name="workers">Keys worked on at the same time.</param>
    /// <param name="logger">Where failures are told.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="queueOptions">How patient it is with keys that fail.</param>
    public ControllerRunner(string name, IReconciler reconciler, int workers, ILogger logger, TimeProvider? timeProvider = null, WorkQueueOptions? queueOptions = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        _name = name;
        _reconciler = reconciler;
        _workers = workers;
        _logger = logger;
        _time = timeProvider ?? TimeProvider.System;
        Queue = new WorkQueue<ObjectKey>(name, queueOptions, _time);
    }

    /// <summary>The queue, for what no informer tells.</summary>
    public WorkQueue<ObjectKey> Queue { get; }

    /// <summary>Has every change of an object of this kind wake the object's own key.</summary>
    public ControllerRunner Watch<T>(SharedInformer<T> informer)
        where T : KubernetesObject => Watch(informer, static o => [o.Key]);

    /// <summary>Has every change wake the keys that <paramref name="map"/> gives for the old and for the new state of the object.</summary>
    public ControllerRunner Watch<T>(SharedInformer<T> informer, Func<T, IEnumerable<ObjectKey>> map)
        where T : KubernetesObject => Watch(informer, (old, current) => [.. old is null ? [] : map(old), .. current is null ? [] : map(current)]);

    /// <summary>Has every change wake the keys that <paramref name="map"/> gives for (old, new).</summary>
    /// <param name="informer">Where changes come from.</param>
    /// <param name="map">Which keys a change wakes.</param>
    /// <param name="delay">How long after the change; something else that wakes a key earlier does so. None: at once.</param>
    public ControllerRunner Watch<T>(SharedInformer<T> informer, Func<T?, T?, IEnumerable<ObjectKey>> map, TimeSpan delay = default)
        where T : KubernetesObject
    {
        _informers.Add(informer);
        void Wake(T? old, T? current)
        {
            foreach (ObjectKey key in map(old, current))
            {
                Queue.AddAfter(key, delay);
            }
        }

        informer.AddHandler(Wake);
        OnBegin(informer, item => Wake(null, item));
        return this;
    }

    /// <summary>Has <paramref name="wake"/> called for every object when the work begins after <see cref="StandBy"/>, beside the workers: it queues what there is to do.</summary>
    public ControllerRunner OnBegin<T>(SharedInformer<T> informer, Action<T> wake)
        where T : KubernetesObject
    {
        _replays.Add(async cancellationToken =>
        {
            // The latest first: what changed while nobody worked is among them. And in turns: others need the processors for work.
            foreach (T[] some in informer.All.OrderByDescending(VersionOf).Chunk(ReplayTurn))
            {
                foreach (T item in some)
                {
                    wake(item);
                }

                if (cancellationToken.IsCancellationRequested)
                {
                    return;
                }

                await Task.Yield();
            }
        });
        return this;
    }

    /// <summary>Until <see cref="RunAsync"/> changes only keep the caches up to date; then every object wakes its keys, as after a first list.</summary>
    public void StandBy()
    {
        _standsBy = true;
        Queue.Suspend();
    }

    /// <summary>Waits until the caches are filled, then works until cancelled; returns when the last worker has stopped.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (IInformer informer in _informers)
            {
                await informer.WaitForSyncAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }

        Log.Started(_logger, _name);
        using CancellationTokenRegistration stop = cancellationToken.Register(Queue.Complete);
        Task replaying = Task.CompletedTask;
        if (_standsBy)
        {
            // Beside the workers: which keys every object of a large kind wakes may take a while to find out.
            Queue.Resume();
            replaying = Task.Run(() => ReplayAsync(cancellationToken), CancellationToken.None);
        }

        await Task.WhenAll([replaying, .. Enumerable.Range(0, _workers).Select(_ => WorkAsync(cancellationToken))]);
    }

    /// <inheritdoc/>
    public void Dispose() => Queue.Dispose();

    private async Task ReplayAsync(CancellationToken cancellationToken)
    {
        foreach (Func<CancellationToken, Task> replay in _replays)
        {
            await replay(cancellationToken);
        }
    }

    /// <summary>For the order of work only: versions of other servers need not be numbers.</summary>
    private static long VersionOf(KubernetesObject item) =>
        long.TryParse(item.Metadata.ResourceVersion, NumberStyles.None, CultureInfo.InvariantCulture, out long version) ? version : 0;

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            (bool found, ObjectKey key) = await Queue.TakeAsync(CancellationToken.None);
            if (!found)
            {
                return;
            }

            try
            {
                await ReconcileAsync(key, cancellationToken);
            }
            finally
            {
                Queue.Done(key);
            }
        }
    }

    private async Task ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        long started = _time.GetTimestamp();
        string outcome;
        try
        {
            ReconcileResult result = await _reconciler.ReconcileAsync(key, cancellationToken);
            Queue.Forget(key);
            outcome = "success";
            if (result.After is { } delay)
            {
                outcome = "requeue_after";
                Queue.AddAfter(key, delay);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }
        catch (TerminalException exception)
        {
            Queue.Forget(key);
            outcome = "terminal_error";
            Log.Terminal(_logger, _name, key, exception.Message);
        }
#pragma warning disable CA1031 // A failure belongs to its key: it is tried again and blocks no other.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            outcome = "error";
            Queue.AddRateLimited(key);
            LogFailure(key, exception);
        }

        ClientMetrics.Reconciles.Add(1, new("controller", _name), new("result", outcome));
        ClientMetrics.ReconcileTime.Record(_time.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>("controller", _name));
    }

    private void LogFailure(ObjectKey key, Exception exception)
    {
        int failures = Queue.Failures(key);
        if (exception is ApiException { IsConflict: true } or ApiException { IsAlreadyExists: true } or HttpRequestException or TimeoutException)
        {
            // Races are normal, with a leader of before too whose last create no cache shows yet, and an unreachable server is told by the informers; the stack would say nothing more.
            Log.Retry(_logger, _name, key, failures, exception.Message);
        }
        else
        {
            Log.Failed(_logger, _name, key, failures, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2200, LogLevel.Debug, "Controller {Controller} started")]
        internal static partial void Started(ILogger logger, string controller);

        [LoggerMessage(2201, LogLevel.Warning, "Controller {Controller} gives up on {Object} until it changes: {Message}")]
        internal static partial void Terminal(ILogger logger, string controller, ObjectKey @object, string message);

        [LoggerMessage(2202, LogLevel.Information, "Controller {Controller} tries {Object} again (failure {Failures}): {Message}")]
        internal static partial void Retry(ILogger logger, string controller, ObjectKey @object, int failures, string message);

        [LoggerMessage(2203, LogLevel.Error, "Controller {Controller} failed on {Object} (failure {Failures})")]
        internal static partial void Failed(ILogger logger, string controller, ObjectKey @object, int failures, Exception exception);
    }
}
