using System.Collections.Concurrent;
using System.IO.Hashing;
using System.Net;
using System.Text;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;

namespace Lodestone.Agent.Status;

/// <summary>Publishes this gateway's entry in the status of every load balancer that it serves, and takes it away where it no longer does.</summary>
/// <remarks>
/// Writes its own entry in LoadBalancer/status, and Events, nothing else. By server-side apply under a field manager of its own, so gateways
/// that report the same change at the same time do not get in each other's way: one write each.
/// </remarks>
internal sealed class GatewayEntryWriter(ApiClient client, ILister<LoadBalancer> loadBalancers, EventRecorder events, string hostName)
{
    /// <summary>Kubernetes' limit for the name of a field manager.</summary>
    private const int MaxManagerLength = 128;

    private readonly string _manager = ManagerOf(hostName);
    private readonly ConcurrentDictionary<ObjectKey, Written> _written = new();

    /// <summary>What was looked at last; no state: not all that came of it is written.</summary>
    private (AgentState? State, ObjectPicture<LoadBalancer> LoadBalancers) _last = (null, ObjectPicture<LoadBalancer>.Empty);

    /// <summary>The load balancers whose entry differs from what the state says; writing them is left to <see cref="WriteAsync"/>.</summary>
    /// <remarks>Looks at those that have changed, or of which something else may be said, since it was last asked.</remarks>
    public List<LoadBalancer> Outdated(GatewayReport report)
    {
        ObjectPicture<LoadBalancer> all = ObjectPicture<LoadBalancer>.From(loadBalancers.All);
        IReadOnlyList<(LoadBalancer? Old, LoadBalancer? New)> changes = all.ChangesSince(_last.LoadBalancers);
        HashSet<ObjectKey>? keys = _last.State is { } last ? report.ChangedSince(last) : null;
        foreach ((LoadBalancer? old, LoadBalancer? current) in changes)
        {
            keys?.Add((current ?? old)!.Key);
            if (current is null)
            {
                _written.TryRemove(old!.Key, out _);
            }
        }

        _last = (report.State, all);
        IEnumerable<LoadBalancer> looked = keys is null ? all : keys.Select(all.Find).OfType<LoadBalancer>();
        return [.. looked.Where(lb => !GatewayReport.Same(EntryIn(lb), report.EntryFor(lb, EntryIn(lb))))];
    }

    /// <summary>Something could not be written: everything is looked at again.</summary>
    public void Retry() => _last.State = null;

    /// <summary>Makes the entry say what the state says.</summary>
    public async Task WriteAsync(LoadBalancer lb, GatewayReport report, CancellationToken cancellationToken)
    {
        LoadBalancerGateway? held = EntryIn(lb);
        LoadBalancerGateway? entry = report.EntryFor(lb, held);
        LoadBalancer? after = entry is null ? await RemoveAsync(lb, cancellationToken) : await ApplyAsync(lb, entry, cancellationToken);
        _written[lb.Key] = new Written(lb.Metadata.Uid, lb.Metadata.ResourceVersion, entry);
        if (after is not null && entry?.State == LoadBalancerGatewayStates.Failed && held?.Reason != entry.Reason)
        {
            events.Record(after, EventType.Warning, entry.Reason!, $"on gateway {hostName}: {entry.Message}");
        }
    }

    private Task<LoadBalancer?> ApplyAsync(LoadBalancer lb, LoadBalancerGateway? entry, CancellationToken cancellationToken) => client.ApplyStatusAsync(
        new LoadBalancer
        {
            Metadata = new ObjectMeta { Namespace = lb.Metadata.Namespace, Name = lb.Metadata.Name, Uid = lb.Metadata.Uid },
            Status = new LoadBalancerStatus { Gateways = entry is null ? null : [entry] },
        },
        _manager,
        cancellationToken);

    /// <summary>Takes the entry away: by applying none, and where that is not enough, by hand.</summary>
    private async Task<LoadBalancer?> RemoveAsync(LoadBalancer lb, CancellationToken cancellationToken)
    {
        LoadBalancer? after = lb;
        try
        {
            after = await ApplyAsync(lb, null, cancellationToken);
        }
        catch (ApiException exception) when (exception.StatusCode == HttpStatusCode.UnprocessableEntity)
        {
            // Kubernetes 1.20 makes null of a custom resource's list whose last item goes by apply, and refuses that.
        }

        if (after is null || Find(after) is null)
        {
            return after;
        }

        // Or who edited the status by hand owns it too. It is still ours to take away.
        return await client.UpdateStatusAsync(
            after,
            current =>
            {
                if (current.Status?.Gateways is { } gateways && gateways.RemoveAll(g => g.Name == hostName) > 0 && gateways.Count == 0)
                {
                    current.Status.Gateways = null;
                }
            },
            cancellationToken);
    }

    /// <summary>The field manager of a gateway; two gateways never share one.</summary>
    internal static string ManagerOf(string hostName)
    {
        string manager = $"lodestone-agent/{hostName}";
        return manager.Length <= MaxManagerLength
            ? manager
            : $"{manager[..(MaxManagerLength - 17)]}-{XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(hostName)):x16}";
    }

    /// <summary>The entry in the status; what we wrote where the cache has not seen it yet.</summary>
    private LoadBalancerGateway? EntryIn(LoadBalancer lb) =>
        _written.TryGetValue(lb.Key, out Written? written) && written.Uid == lb.Metadata.Uid && written.OverVersion == lb.Metadata.ResourceVersion
            ? written.Entry
            : Find(lb);

    private LoadBalancerGateway? Find(LoadBalancer lb) => lb.Status?.Gateways?.Find(gateway => gateway.Name == hostName);

    /// <param name="Uid">UID of the load balancer.</param>
    /// <param name="OverVersion">Its resourceVersion in the cache when we wrote.</param>
    /// <param name="Entry">What we wrote; null: we took it away.</param>
    private sealed record Written(string? Uid, string? OverVersion, LoadBalancerGateway? Entry);
}
