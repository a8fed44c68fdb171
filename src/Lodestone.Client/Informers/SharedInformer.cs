using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.Client.Http;
using Microsoft.Extensions.Logging;

namespace Lodestone.Client.Informers;

/// <summary>Keeps a local picture of one kind, fed by list and watch, and tells handlers what changed.</summary>
/// <typeparam name="T">The kind.</typeparam>
/// <remarks>Add indexes, trackers and handlers before <see cref="RunAsync"/>. Reading is allowed from any thread at any time.</remarks>
public sealed class SharedInformer<T> : ILister<T>, IInformer
    where T : KubernetesObject
{
    private readonly Reflector<T> _reflector;
    private readonly InformerOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<HandlerPump<T>> _handlers = [];
    private readonly List<Action<T?, T?>> _trackers = [];
    private ObjectStore<T> _store = ObjectStore<T>.Empty;
    private long _lastHeard;
    private volatile string? _failure;
    private bool _isRunning;

    /// <summary>An informer that has not begun.</summary>
    public SharedInformer(ApiClient client, InformerOptions? options = null, ILogger? logger = null, TimeProvider? timeProvider = null)
    {
        _options = options ?? new InformerOptions();
        _logger = logger ?? Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;
        _time = timeProvider ?? TimeProvider.System;
        _lastHeard = _time.GetTimestamp();
        _reflector = new Reflector<T>(client, _options, this, _logger, _time);
    }

    /// <inheritdoc/>
    public ResourceDefinition Definition { get; } = ResourceDefinitions.Of<T>();

    /// <inheritdoc/>
    public bool HasSynced => _synced.Task.IsCompletedSuccessfully;

    /// <inheritdoc/>
    public TimeSpan Age => _time.GetElapsedTime(Volatile.Read(ref _lastHeard));

    /// <inheritdoc/>
    public string? Failure => _failure;

    /// <inheritdoc/>
    /// <remarks>The same instance until something changes, and a picture that knows what has changed since an earlier one.</remarks>
    public IReadOnlyCollection<T> All => Store.Picture;

    /// <inheritdoc/>
    public IReadOnlyCollection<KubernetesObject> Objects => All;

    private ObjectStore<T> Store => Volatile.Read(ref _store);

    /// <summary>Adds an index: objects are found by each value that <paramref name="function"/> gives for them.</summary>
    public void AddIndex(string name, Func<T, IEnumerable<string>> function)
    {
        ThrowIfRunning();
        Volatile.Write(ref _store, Store.WithIndex(name, function));
    }

    /// <summary>
    /// Has <paramref name="onChange"/> called with (null, new), (old, new) or (old, null), in order, by the stream's reader itself and
    /// before any lister or handler shows the change: for indexes that no index function can make. It must be quick and not fail.
    /// </summary>
    public void AddTracker(Action<T?, T?> onChange)
    {
        ThrowIfRunning();
        _trackers.Add(onChange);
    }

    /// <summary>
    /// Has <paramref name="onChange"/> called with (null, new), (old, new) or (old, null), in order, from one task. It should only put
    /// keys into a queue. When it runs, the lister already shows the change or a later state.
    /// </summary>
    public void AddHandler(Action<T?, T?> onChange)
    {
        ThrowIfRunning();
        _handlers.Add(new HandlerPump<T>(onChange, _options.HandlerQueueLength, _logger));
    }

    /// <inheritdoc/>
    public void AddObjectHandler(Action<KubernetesObject?, KubernetesObject?> onChange) => AddHandler(onChange);

    /// <inheritdoc/>
    public bool TryGet(ObjectKey key, [NotNullWhen(true)] out T? value) => Store.Items.TryGetValue(key, out value);

    /// <inheritdoc/>
    public IReadOnlyCollection<T> InNamespace(string ns) => Store.ByIndex(ObjectStore<T>.NamespaceIndex, ns);

    /// <inheritdoc/>
    public IReadOnlyCollection<T> ByIndex(string index, string value) => Store.ByIndex(index, value);

    /// <inheritdoc/>
    public Task WaitForSyncAsync(CancellationToken cancellationToken = default) => _synced.Task.WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public Task RefreshAsync(long since, CancellationToken cancellationToken = default) => _reflector.RefreshAsync(since, cancellationToken);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        ThrowIfRunning();
        _isRunning = true;
        List<Task> tasks = [_reflector.RunAsync(cancellationToken), .. _handlers.Select(h => h.RunAsync(cancellationToken))];
        try
        {
            await Task.WhenAll(tasks);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The way to stop an informer.
        }
    }

    /// <summary>Takes over a complete list; what it doesn't hold is gone, and handlers get its last known state.</summary>
    internal async Task ReplaceAsync(IReadOnlyCollection<T> items, CancellationToken cancellationToken)
    {
        ObjectStore<T> before = Store;
        ObjectStore<T> after = before.ReplacedBy(items);
        List<(T? Old, T? New)> changes = [];
        foreach ((ObjectKey key, T old) in before.Items)
        {
            if (!after.Items.ContainsKey(key))
            {
                changes.Add((old, null));
            }
        }

        foreach ((ObjectKey key, T current) in after.Items)
        {
            T? old = before.Items.GetValueOrDefault(key);
            if (old is null || old.Metadata.ResourceVersion != current.Metadata.ResourceVersion)
            {
                changes.Add((old, current));
            }
        }

        foreach ((T? old, T? current) in changes)
        {
            Track(old, current);
        }

        Volatile.Write(ref _store, after);
        Heard();
        _synced.TrySetResult();
        foreach ((T? old, T? current) in changes)
        {
            await NotifyAsync(old, current, cancellationToken);
        }
    }

    internal async ValueTask SetAsync(T item, CancellationToken cancellationToken)
    {
        Heard();
        T? old = Store.Items.GetValueOrDefault(item.Key);
        if (old?.Metadata.ResourceVersion is { } version && version == item.Metadata.ResourceVersion)
        {
            return;
        }

        Track(old, item);
        Volatile.Write(ref _store, Store.With(item));
        await NotifyAsync(old, item, cancellationToken);
    }

    internal async ValueTask RemoveAsync(T last, CancellationToken cancellationToken)
    {
        Heard();
        if (Store.Items.ContainsKey(last.Key))
        {
            Track(last, null);
            Volatile.Write(ref _store, Store.Without(last.Key));
            await NotifyAsync(last, null, cancellationToken);
        }
    }

    internal void Heard()
    {
        Volatile.Write(ref _lastHeard, _time.GetTimestamp());
        _failure = null;
    }

    internal void Failed(string reason) => _failure = reason;

    private void Track(T? old, T? current)
    {
        foreach (Action<T?, T?> tracker in _trackers)
        {
            tracker(old, current);
        }
    }

    private async ValueTask NotifyAsync(T? old, T? current, CancellationToken cancellationToken)
    {
        foreach (HandlerPump<T> handler in _handlers)
        {
            await handler.PostAsync(old, current, cancellationToken);
        }
    }

    private void ThrowIfRunning()
    {
        if (_isRunning)
        {
            throw new InvalidOperationException($"the informer of {Definition.Plural} runs already");
        }
    }
}
