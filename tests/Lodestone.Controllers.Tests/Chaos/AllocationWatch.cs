using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;

namespace Lodestone.Controllers.Tests.Chaos;

/// <summary>Looks at every event about addresses and VNIs, through a client of its own, for two who have one.</summary>
/// <remarks>Events of one kind come in the order of the writes: what is seen after each is what was true then.</remarks>
internal sealed class AllocationWatch
{
    private readonly Lock _lock = new();
    private readonly List<string> _violations = [];
    private readonly Dictionary<string, string> _shown = [];
    private readonly Dictionary<string, string> _claimed = [];
    private readonly Dictionary<string, string> _networks = [];
    private readonly SharedInformer<LoadBalancer> _loadBalancers;
    private readonly SharedInformer<IPAddress> _addresses;
    private readonly SharedInformer<Network> _networkInformer;
    private readonly SharedInformer<NetworkID> _networkIds;
    private int _events;
    private int _given;
    private int _moved;

    internal AllocationWatch(ApiClient client)
    {
        _loadBalancers = new SharedInformer<LoadBalancer>(client);
        _addresses = new SharedInformer<IPAddress>(client);
        _networkInformer = new SharedInformer<Network>(client);
        _networkIds = new SharedInformer<NetworkID>(client);
        _loadBalancers.AddHandler(OnLoadBalancer);
        _addresses.AddHandler(OnAddress);
        _networkInformer.AddHandler((old, current) => Check(
            _networks, "VNI", old?.Metadata.Uid, old?.Spec?.ProviderID is { } before ? [before] : [], current?.Metadata.Uid, current?.Spec?.ProviderID is { } now ? [now] : []));
        _networkIds.AddHandler((old, current) =>
        {
            lock (_lock)
            {
                _events++;
                if (old is not null && current is not null && old.Metadata.Uid == current.Metadata.Uid && old.Spec.ClaimRef?.Uid != current.Spec.ClaimRef?.Uid)
                {
                    _violations.Add($"NetworkID {current.Metadata.Name} went from {old.Spec.ClaimRef?.Uid} to {current.Spec.ClaimRef?.Uid}");
                }
            }
        });
    }

    /// <summary>Events looked at.</summary>
    internal int Events => Volatile.Read(ref _events);

    /// <summary>Addresses and VNIs that were seen to get a holder.</summary>
    internal int Given => Volatile.Read(ref _given);

    /// <summary>Load balancers whose address became another while they lived: allowed, and unkind.</summary>
    internal int Moved => Volatile.Read(ref _moved);

    internal string[] Violations
    {
        get
        {
            lock (_lock)
            {
                return [.. _violations];
            }
        }
    }

    /// <summary>Watches until cancelled.</summary>
    internal Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(
        _loadBalancers.RunAsync(cancellationToken),
        _addresses.RunAsync(cancellationToken),
        _networkInformer.RunAsync(cancellationToken),
        _networkIds.RunAsync(cancellationToken));

    /// <summary>What is not at rest: somebody without an address or a VNI, or one of these without its living holder. Null: nothing.</summary>
    /// <param name="client">How to look.</param>
    /// <param name="waitForQuarantine">Whether an address that still rests after its holder went counts.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async Task<string?> UnrestAsync(ApiClient client, bool waitForQuarantine, CancellationToken cancellationToken)
    {
        List<LoadBalancer> loadBalancers = await client.ListAsync<LoadBalancer>(new ListOptions(), cancellationToken);
        List<Network> networks = await client.ListAsync<Network>(new ListOptions(), cancellationToken);
        List<IPAddress> addresses = await client.ListAsync<IPAddress>(new ListOptions(), cancellationToken);
        List<NetworkID> ids = await client.ListAsync<NetworkID>(new ListOptions(), cancellationToken);
        var claims = addresses.ToLookup(a => a.Spec.ClaimRef?.Uid);
        foreach (LoadBalancer lb in loadBalancers)
        {
            if (lb.IsBeingDeleted || lb.Status?.Ips is not { Count: 1 } ips || !claims[lb.Metadata.Uid].Select(a => a.Spec.Ip).SequenceEqual(ips))
            {
                return $"LoadBalancer {lb.Metadata.Name} shows {string.Join(' ', lb.Status?.Ips ?? [])} and holds {string.Join(' ', claims[lb.Metadata.Uid].Select(a => a.Spec.Ip))}";
            }
        }

        foreach (Network network in networks)
        {
            string[] held = [.. ids.Where(i => i.Spec.ClaimRef?.Uid == network.Metadata.Uid).Select(i => $"lodestone://{i.Metadata.Name}")];
            if (network.IsBeingDeleted || network.Status?.State != "Available" || !held.SequenceEqual([network.Spec?.ProviderID ?? ""]))
            {
                return $"Network {network.Metadata.Name} ({network.Status?.State}) shows {network.Spec?.ProviderID} and holds {string.Join(' ', held)}";
            }
        }

        return addresses.Find(a => (waitForQuarantine || a.Status?.ReleasedAt is null) && !loadBalancers.Exists(l => l.Metadata.Uid == a.Spec.ClaimRef?.Uid)) is { } address ? $"IPAddress {address.Metadata.Name} has no living holder"
            : ids.Find(i => !networks.Exists(n => n.Metadata.Uid == i.Spec.ClaimRef?.Uid)) is { } id ? $"NetworkID {id.Metadata.Name} has no living holder"
            : null;
    }

    private void OnLoadBalancer(LoadBalancer? old, LoadBalancer? current)
    {
        List<string> before = old?.Status?.Ips ?? [];
        List<string> now = current?.Status?.Ips ?? [];
        if (old?.Metadata.Uid == current?.Metadata.Uid && before.Count > 0 && !before.SequenceEqual(now))
        {
            Interlocked.Increment(ref _moved);
        }

        Check(_shown, "address", old?.Metadata.Uid, before, current?.Metadata.Uid, now);
    }

    private void OnAddress(IPAddress? old, IPAddress? current)
    {
        if (old is not null && current is not null && old.Metadata.Uid == current.Metadata.Uid && old.Spec.ClaimRef?.Uid != current.Spec.ClaimRef?.Uid)
        {
            lock (_lock)
            {
                _violations.Add($"IPAddress {current.Metadata.Name} went from {old.Spec.ClaimRef?.Uid} to {current.Spec.ClaimRef?.Uid}");
            }
        }

        Check(_claimed, "claim of", old?.Metadata.Uid, old is null ? [] : [old.Spec.Ip], current?.Metadata.Uid, current is null ? [] : [current.Spec.Ip]);
    }

    private void Check(Dictionary<string, string> holders, string what, string? oldUid, IEnumerable<string> before, string? uid, IEnumerable<string> now)
    {
        lock (_lock)
        {
            _events++;
            foreach (string value in before)
            {
                if (holders.GetValueOrDefault(value) == oldUid)
                {
                    holders.Remove(value);
                }
            }

            foreach (string value in now)
            {
                if (!holders.TryAdd(value, uid!) && holders[value] != uid)
                {
                    _violations.Add($"{what} {value} is had by {holders[value]} and {uid}");
                }

                _given += before.Contains(value) ? 0 : 1;
            }
        }
    }
}
