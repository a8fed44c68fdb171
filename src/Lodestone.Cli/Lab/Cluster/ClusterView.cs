using System.Collections.Concurrent;

using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Cli.Terminal;
using Lodestone.Client.Http;

namespace Lodestone.Cli.Lab.Cluster;

/// <summary>Watches what the demo is about, tells what becomes of it, and lets the demo wait for it.</summary>
/// <remarks>Survives the server's absence: it lists and watches again when it is back.</remarks>
internal sealed class ClusterView : IAsyncDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);

    private readonly ApiClient _api;
    private readonly StepConsole _console;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<(Type Kind, ObjectKey Key), KubernetesObject> _objects = new();
    private readonly ConcurrentDictionary<(Type Kind, ObjectKey Key), string> _told = new();
    private readonly Task _following;
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>Starts watching.</summary>
    public ClusterView(ApiClient api, StepConsole console, TimeProvider time)
    {
        _api = api;
        _console = console;
        _time = time;
        _following = Task.WhenAll(
            FollowAsync<Host>(), FollowAsync<Network>(), FollowAsync<NetworkInterface>(), FollowAsync<LoadBalancer>(), FollowAsync<LoadBalancerRouting>());
    }

    /// <summary>The objects of one kind, as last seen.</summary>
    public IEnumerable<T> All<T>()
        where T : KubernetesObject => _objects.Where(o => o.Key.Kind == typeof(T)).Select(o => (T)o.Value);

    /// <summary>One object by name, as last seen; null if there is none.</summary>
    public T? Find<T>(string name)
        where T : KubernetesObject => All<T>().FirstOrDefault(o => o.Metadata.Name == name);

    /// <summary>Waits for something to become true of what is seen.</summary>
    /// <param name="what">What is waited for, for the message if it does not come.</param>
    /// <param name="condition">Whether it is so.</param>
    /// <param name="limit">How long to wait.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CommandException">It did not come; the message holds what was seen last.</exception>
    public async Task WaitAsync(string what, Func<ClusterView, bool> condition, TimeSpan limit, CancellationToken cancellationToken)
    {
        long start = _time.GetTimestamp();
        while (true)
        {
            Task changed = Volatile.Read(ref _changed).Task;
            if (condition(this))
            {
                return;
            }

            TimeSpan left = limit - _time.GetElapsedTime(start);
            try
            {
                await changed.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, _time, cancellationToken);
            }
            catch (TimeoutException)
            {
                string seen = string.Join("; ", _told.Select(t => $"{t.Key.Kind.Name} {t.Key.Key.Name}: {t.Value}").Order(StringComparer.Ordinal));
                throw new CommandException($"{what} did not happen within {limit.TotalSeconds} s. Last seen: {(seen.Length == 0 ? "nothing" : seen)}");
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following;
        _stop.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task FollowAsync<T>()
        where T : KubernetesObject
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await ListAndWatchAsync<T>(_stop.Token);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or TimeoutException or ApiException)
            {
                // The server is away; the demo kills it on purpose.
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(RetryDelay, _time, CancellationToken.None);
        }
    }

    private async Task ListAndWatchAsync<T>(CancellationToken cancellationToken)
        where T : KubernetesObject
    {
        KubernetesList<T> list = await _api.ListPageAsync<T>(new ListOptions(), cancellationToken);
        HashSet<ObjectKey> present = [.. list.Items.Select(o => o.Key)];
        foreach (T item in list.Items)
        {
            See(item);
        }

        foreach (T gone in All<T>().Where(o => !present.Contains(o.Key)).ToArray())
        {
            Forget(gone);
        }

        await foreach (WatchEvent<T> watchEvent in _api.WatchAsync<T>(new WatchOptions { ResourceVersion = list.Metadata.ResourceVersion }, cancellationToken))
        {
            switch (watchEvent)
            {
                case { Type: WatchEventType.Added or WatchEventType.Modified, Item: { } seen }:
                    See(seen);
                    break;
                case { Type: WatchEventType.Deleted, Item: { } gone }:
                    Forget(gone);
                    break;
                default:
                    break;
            }
        }
    }

    private void See<T>(T seen)
        where T : KubernetesObject
    {
        (Type, ObjectKey) key = (typeof(T), seen.Key);
        _objects[key] = seen;
        if (ObjectSummary.Of(seen) is { } summary && (!_told.TryGetValue(key, out string? told) || told != summary))
        {
            _told[key] = summary;
            _console.Event($"{typeof(T).Name,-20} {seen.Metadata.Name,-20} {summary}");
        }

        Signal();
    }

    private void Forget<T>(T gone)
        where T : KubernetesObject
    {
        (Type, ObjectKey) key = (typeof(T), gone.Key);
        _ = _objects.TryRemove(key, out _);
        _ = _told.TryRemove(key, out _);
        Signal();
    }

    private void Signal() => Interlocked.Exchange(ref _changed, NewSignal()).SetResult();
}
