using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Storage;
using Microsoft.Extensions.Logging;

namespace Lodestone.ApiServer.Registry.Namespace;

/// <summary>Empties namespaces whose deletion has begun, and lets them go when nothing is left in them.</summary>
/// <remarks>Nothing can be created in such a namespace: the store checks that in the same step as it writes.</remarks>
internal sealed partial class NamespaceTerminator(IObjectStore store, ResourceCatalog catalog, TimeProvider time, ILogger<NamespaceTerminator> logger)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        ObjectRegistry namespaces = catalog.Registry(ResourceDefinitions.Namespace);
        while (true)
        {
            StoreSnapshot snapshot = namespaces.Read();
            bool isWaiting = false;
            foreach (StoredObject ns in snapshot.Objects)
            {
                if (ns.Summary.DeletionTimestamp is not null)
                {
                    isWaiting |= !await TryFinishAsync(namespaces, ns.Summary.Name);
                }
            }

            if (!store.TryWatch(namespaces.StoreName, snapshot.ResourceVersion, out EventCursor cursor))
            {
                continue;
            }

            Task appended = cursor.Appended;
            if (!cursor.TryRead(out _))
            {
                await WaitAsync(appended, isWaiting, cancellationToken);
            }

            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task WaitAsync(Task appended, bool isWaiting, CancellationToken cancellationToken)
    {
        try
        {
            // What holds a namespace are objects of any kind with finalizers of their own: ask again rather than watch them all.
            await appended.WaitAsync(isWaiting ? RetryAfter : Timeout.InfiniteTimeSpan, time, cancellationToken);
        }
        catch (TimeoutException)
        {
        }
    }

    private async Task<bool> TryFinishAsync(ObjectRegistry namespaces, string ns)
    {
        try
        {
            bool isEmpty = true;
            foreach (ObjectRegistry registry in catalog.All.Where(r => r.Resource.IsNamespaced))
            {
                foreach (StoredObject item in registry.Read().Objects.Between(ns + "/", ns + "0"))
                {
                    (_, bool isGone) = await registry.DeleteAsync(ns, item.Summary.Name, new DeleteOptions());
                    isEmpty &= isGone;
                }
            }

            if (!isEmpty)
            {
                return false;
            }

            await ReleaseAsync(namespaces, ns);
            return true;
        }
        catch (ApiException exception)
        {
            Log.Retrying(logger, ns, exception.Message);
            return false;
        }
        catch (StoreException exception)
        {
            Log.Retrying(logger, ns, exception.Message);
            return false;
        }
    }

    private async Task ReleaseAsync(ObjectRegistry namespaces, string ns)
    {
        while (namespaces.Read().Objects.Find(ns) is { Summary.DeletionTimestamp: not null } current)
        {
            KubernetesObject value = namespaces.Codec.Decode(current);
            NamespaceStrategy.Release(value);
            WriteResult result = await store.WriteAsync(namespaces.Strategy.IsHeld(value)
                ? StoreWrite.Update(namespaces.StoreName, current, namespaces.Codec.Draft(value))
                : StoreWrite.Delete(namespaces.StoreName, current));
            if (result.Outcome == WriteOutcome.Committed)
            {
                return;
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2001, LogLevel.Warning, "Namespace {Namespace} is not empty yet: {Reason}")]
        public static partial void Retrying(ILogger logger, string @namespace, string reason);
    }
}
