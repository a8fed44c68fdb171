using System.Collections.Concurrent;
using System.Security.Cryptography;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Resources;
using Lodestone.Client.Controllers;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;

namespace Lodestone.Controllers.Routing;

/// <summary>Reads, writes and clears away the slices of routings.</summary>
/// <remarks>
/// Reads LoadBalancerRoutingSlice, LoadBalancerRouting. Creates and deletes LoadBalancerRoutingSlice, nothing else. A slice that its
/// routing doesn't list stays for a while: it may be about to be listed, and a reader may not yet know that it no longer is.
/// </remarks>
internal sealed class RoutingSlices(SharedInformer<LoadBalancerRoutingSlice> slices, ApiClient client, ControllerOptions options, TimeProvider timeProvider)
{
    private const int ConcurrentWrites = 8;
    private const int MaxPrefixLength = 200;
    private const int RandomBytes = 5;

    /// <summary>When a slice was first seen unlisted, by its UID, on our own clock.</summary>
    private readonly ConcurrentDictionary<string, long> _unlistedSince = new();

    /// <summary>The slices that a routing lists and that are as it lists them, by name. What the cache doesn't have is asked for.</summary>
    internal async Task<Dictionary<string, LoadBalancerRoutingSlice>> ReadAsync(LoadBalancerRouting routing, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, LoadBalancerRoutingSlice>(StringComparer.Ordinal);
        foreach (RoutingSliceRef reference in routing.Slices ?? [])
        {
            var key = new ObjectKey(routing.Metadata.Namespace ?? "", reference.Name);
            LoadBalancerRoutingSlice? slice = slices.TryGet(key, out LoadBalancerRoutingSlice? cached)
                ? cached
                : await client.TryGetAsync<LoadBalancerRoutingSlice>(key, cancellationToken);
            if (slice is { IsBeingDeleted: false } && RoutingAssembly.IsAsListed(slice, routing, reference))
            {
                found[reference.Name] = slice;
            }
        }

        return found;
    }

    /// <summary>A name that no slice has had.</summary>
    internal static string NewName(LoadBalancerRouting routing, int number)
    {
        string name = routing.Metadata.Name ?? "";
        string prefix = name.Length > MaxPrefixLength ? name[..MaxPrefixLength].TrimEnd('.', '-') : name;
        return $"{prefix}-{number:x2}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RandomBytes))}";
    }

    /// <summary>Writes slices, several at a time.</summary>
    internal Task CreateAsync(LoadBalancerRouting routing, IReadOnlyList<LoadBalancerRoutingSlice> created, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        created,
        new ParallelOptions { MaxDegreeOfParallelism = ConcurrentWrites, CancellationToken = cancellationToken },
        async (slice, token) =>
        {
            slice.RoutingRef = new LocalUidReference { Name = routing.Metadata.Name ?? "", Uid = routing.Metadata.Uid ?? "" };
            slice.Metadata.OwnerReferences =
            [
                new OwnerReference
                {
                    ApiVersion = ResourceDefinitions.LoadBalancerRouting.ApiVersion,
                    Kind = ResourceDefinitions.LoadBalancerRouting.Kind,
                    Name = routing.Metadata.Name ?? "",
                    Uid = routing.Metadata.Uid ?? "",
                    Controller = true,
                },
            ];
            await client.CreateAsync(slice, token);
        });

    /// <summary>Deletes slices of a routing that it has not listed for a while. Says when to look again.</summary>
    internal async Task<ReconcileResult> SweepAsync(LoadBalancerRouting routing, CancellationToken cancellationToken)
    {
        IReadOnlyCollection<LoadBalancerRoutingSlice> all = slices.ByIndex(Indexes.Routing, routing.Metadata.Uid ?? "");
        if (all.Count == 0)
        {
            return ReconcileResult.Done;
        }

        ReconcileResult result = ReconcileResult.Done;
        HashSet<string> listed = NamesOf(routing);
        List<LoadBalancerRoutingSlice> due = [];
        foreach (LoadBalancerRoutingSlice slice in all)
        {
            string uid = slice.Metadata.Uid ?? "";
            if (listed.Contains(slice.Metadata.Name ?? ""))
            {
                _unlistedSince.TryRemove(uid, out _);
                continue;
            }

            TimeSpan left = options.SliceGrace - timeProvider.GetElapsedTime(_unlistedSince.GetOrAdd(uid, _ => timeProvider.GetTimestamp()));
            if (left > TimeSpan.Zero)
            {
                result = result.Or(ReconcileResult.RequeueAfter(left + TimeSpan.FromMilliseconds(10)));
            }
            else
            {
                due.Add(slice);
            }
        }

        if (due.Count > 0)
        {
            // The cache may lag: what the routing lists by now is asked, once for all.
            LoadBalancerRouting? current = await client.TryGetAsync<LoadBalancerRouting>(routing.Key, cancellationToken);
            HashSet<string> kept = current?.Metadata.Uid == routing.Metadata.Uid ? NamesOf(current!) : [];
            foreach (LoadBalancerRoutingSlice slice in due.Where(s => !kept.Contains(s.Metadata.Name ?? "")))
            {
                await client.DeleteAsync<LoadBalancerRoutingSlice>(slice.Key, new DeleteOptions { Uid = slice.Metadata.Uid }, cancellationToken);
                _unlistedSince.TryRemove(slice.Metadata.Uid ?? "", out _);
            }
        }

        return result;
    }

    private static HashSet<string> NamesOf(LoadBalancerRouting routing) => [.. (routing.Slices ?? []).Select(s => s.Name)];
}
