using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Storage;
using Microsoft.Extensions.Logging;

namespace Lodestone.ApiServer.Registry.Namespace;

/// <summary>Empties namespaces whose deletion has begun, tells in their conditions what is left, and lets them go when nothing is.</summary>
/// <remarks>
/// Nothing can be created in such a namespace: the store checks that in the same step as it writes. What holds one are
/// objects with finalizers; the terminator looks again whenever something is written in the namespace, and never otherwise.
/// </remarks>
internal sealed partial class NamespaceTerminator
{
    private const int BatchSize = 256;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly ObjectRegistry _namespaces;
    private readonly ObjectRegistry[] _contents;
    private readonly StoreFeed _feed;
    private readonly TimeProvider _time;
    private readonly ILogger<NamespaceTerminator> _logger;
    private readonly HashSet<string> _terminating = new(StringComparer.Ordinal);
    private readonly HashSet<string> _pending = new(StringComparer.Ordinal);

    /// <summary>A terminator for all namespaces and every namespaced kind of a catalog.</summary>
    public NamespaceTerminator(IObjectStore store, ResourceCatalog catalog, TimeProvider time, ILogger<NamespaceTerminator> logger)
    {
        _namespaces = catalog.Registry(ResourceDefinitions.Namespace);
        _contents = [.. catalog.All.Where(r => r.Resource is { IsNamespaced: true, Stored: null })];
        _feed = new StoreFeed(store, [_namespaces.StoreName, .. _contents.Select(r => r.StoreName)]);
        _time = time;
        _logger = logger;
    }

    /// <summary>Runs until cancelled; the task ends cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _feed.Read(Restart, Observe);
            string[] pending = [.. _pending];
            _pending.Clear();
            bool hasFailed = false;
            foreach (string ns in pending)
            {
                if (!await TryTerminateAsync(ns))
                {
                    hasFailed = true;
                    _pending.Add(ns);
                }
            }

            await _feed.WaitAsync(hasFailed ? RetryAfter : Timeout.InfiniteTimeSpan, cancellationToken);
        }
    }

    private void Restart(int resource, StoreSnapshot snapshot)
    {
        if (resource != 0)
        {
            _pending.UnionWith(_terminating);
            return;
        }

        _terminating.Clear();
        foreach (StoredObject ns in snapshot.Objects)
        {
            Note(ns);
        }
    }

    private void Observe(int resource, StoreEvent item)
    {
        if (resource == 0)
        {
            if (item.Kind == StoreEventKind.Deleted)
            {
                _terminating.Remove(item.Object.Summary.Name);
            }
            else
            {
                Note(item.Object);
            }
        }
        else if (_terminating.Contains(item.Object.Summary.Namespace))
        {
            _pending.Add(item.Object.Summary.Namespace);
        }
    }

    private void Note(StoredObject ns)
    {
        if (ns.Summary.DeletionTimestamp is not null)
        {
            _terminating.Add(ns.Summary.Name);
            _pending.Add(ns.Summary.Name);
        }
    }

    /// <summary>Deletes what can be deleted, and then either lets the namespace go or says what is left. False when that must be tried again.</summary>
    private async Task<bool> TryTerminateAsync(string ns)
    {
        try
        {
            List<string> failures = await DeleteContentAsync(ns);
            NamespaceContent left = Remaining(ns);
            while (_namespaces.Read().Objects.Find(ns) is { Summary.DeletionTimestamp: not null } current)
            {
                bool isEmpty = left.IsEmpty && failures.Count == 0;
                if (isEmpty ? await ReleaseAsync(current) : await ReportAsync(current, left, failures))
                {
                    break;
                }
            }

            return failures.Count == 0;
        }
        catch (StoreException exception)
        {
            Log.Retrying(_logger, ns, exception.Message);
            return false;
        }
    }

    private async Task<List<string>> DeleteContentAsync(string ns)
    {
        var failures = new List<string>();
        foreach (ObjectRegistry registry in _contents)
        {
            var names = new List<string>();
            foreach (StoredObject item in registry.Read().Objects.Between(ns + "/", ns + "0"))
            {
                if (item.Summary.DeletionTimestamp is null)
                {
                    names.Add(item.Summary.Name);
                }
            }

            foreach (string[] batch in names.Chunk(BatchSize))
            {
                string?[] problems = await Task.WhenAll(batch.Select(name => DeleteAsync(registry, ns, name)));
                failures.AddRange(problems.OfType<string>());
            }
        }

        return failures;
    }

    private async Task<string?> DeleteAsync(ObjectRegistry registry, string ns, string name)
    {
        try
        {
            await registry.DeleteAsync(ns, name, new DeleteOptions { PropagationPolicy = "Background" });
            return null;
        }
        catch (ApiException exception) when (exception.Code == 404)
        {
            return null;
        }
        catch (ApiException exception)
        {
            Log.Retrying(_logger, ns, exception.Message);
            return exception.Message;
        }
    }

    private NamespaceContent Remaining(string ns)
    {
        var content = new NamespaceContent();
        foreach (ObjectRegistry registry in _contents)
        {
            foreach (StoredObject item in registry.Read().Objects.Between(ns + "/", ns + "0"))
            {
                content.Add(registry.Resource, item.Summary.Finalizers);
            }
        }

        return content;
    }

    /// <summary>True when the namespace no longer waits for its content, though something else may hold it.</summary>
    private async Task<bool> ReleaseAsync(StoredObject current) =>
        !NamespaceStrategy.WaitsForContent(_namespaces.Codec.Decode(current)) || await _namespaces.TryRewriteAsync(current, NamespaceStrategy.Release);

    private async Task<bool> ReportAsync(StoredObject current, NamespaceContent left, List<string> failures)
    {
        var value = (Api.BuiltIn.Namespace)_namespaces.Codec.Decode(current);
        DateTimeOffset now = DateTimeOffset.FromUnixTimeSeconds(_time.GetUtcNow().ToUnixTimeSeconds());
        List<Condition> conditions = left.Conditions(value.Status?.Conditions ?? [], failures, now);
        return NamespaceContent.AreSame(value.Status?.Conditions, conditions)
            || await _namespaces.TryRewriteAsync(current, v => NamespaceStrategy.SetConditions(v, conditions));
    }

    private static partial class Log
    {
        [LoggerMessage(2001, LogLevel.Warning, "Namespace {Namespace} is not empty yet: {Reason}")]
        public static partial void Retrying(ILogger logger, string @namespace, string reason);
    }
}
