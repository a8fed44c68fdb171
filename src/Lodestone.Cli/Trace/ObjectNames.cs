using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Cli.Hosting;
using Lodestone.Client.Config;
using Lodestone.Client.Http;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;

namespace Lodestone.Cli.Trace;

/// <summary>Names of what the maps know by address and hash only, asked of the API where one can be reached.</summary>
internal sealed class ObjectNames
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly Dictionary<DatapathAddress, ObjectKey> _loadBalancers = [];
    private readonly Dictionary<(ObjectKey Network, DatapathAddress Vip), ObjectKey> _internalLoadBalancers = [];
    private readonly Dictionary<ulong, ObjectKey> _networkInterfaces = [];
    private readonly Dictionary<ulong, ObjectKey> _networks = [];

    /// <summary>Why names are missing; null where they were read.</summary>
    public string? Note { get; private init; }

    /// <summary>Takes names from objects.</summary>
    public static ObjectNames From(IEnumerable<LoadBalancer> loadBalancers, IEnumerable<NetworkInterface> networkInterfaces)
    {
        var names = new ObjectNames();
        foreach (LoadBalancer lb in loadBalancers)
        {
            foreach (string ip in lb.Status?.Ips ?? [])
            {
                if (!System.Net.IPAddress.TryParse(ip, out System.Net.IPAddress? address))
                {
                    continue;
                }

                if (lb.Spec.Type == "Public")
                {
                    names._loadBalancers[DatapathAddress.From(address)] = lb.Key;
                }
                else
                {
                    names._internalLoadBalancers[(NetworkOf(lb, lb.Spec.NetworkRef), DatapathAddress.From(address))] = lb.Key;
                }
            }
        }

        foreach (NetworkInterface nic in networkInterfaces.Where(nic => nic.Metadata.Uid is { Length: > 0 }))
        {
            ulong target = TargetHash.Of(nic.Metadata.Uid!);
            names._networkInterfaces[target] = nic.Key;
            names._networks[target] = NetworkOf(nic, nic.Spec.NetworkRef);
        }

        return names;
    }

    /// <summary>Asks the API. Where it can't be reached there are no names, and <see cref="Note"/> says so.</summary>
    /// <param name="kubeconfig">The file; null: kubectl's, else that of a server on this machine, where there is one.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KubeConfigException">The file that was named can't be read.</exception>
    public static async Task<ObjectNames> ReadAsync(string? kubeconfig, TimeProvider time, CancellationToken cancellationToken)
    {
        if (AdministratorKubeConfig.Find(kubeconfig) is not { } config)
        {
            return new ObjectNames { Note = "names of objects are left out: no kubeconfig tells where the API is (--kubeconfig FILE)" };
        }

        try
        {
            using var client = new ApiClient(config, new ApiClientOptions { UserAgent = "lodestone-trace", RequestTimeout = Timeout }, time);
            List<LoadBalancer> loadBalancers = await client.ListAsync<LoadBalancer>(new ListOptions(), cancellationToken);
            return From(loadBalancers, await client.ListAsync<NetworkInterface>(new ListOptions(), cancellationToken));
        }
        catch (Exception e) when (e is ApiException or HttpRequestException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return new ObjectNames { Note = $"names of objects are left out: the API at {config.Server} doesn't tell: {e.Message}" };
        }
    }

    /// <summary>Whose VIP this is.</summary>
    public string? LoadBalancerOf(DatapathAddress vip) => _loadBalancers.TryGetValue(vip, out ObjectKey key) ? key.ToString() : null;

    /// <summary>Whose VIP this is in the network of a network interface.</summary>
    /// <param name="nic">The network interface, as a target.</param>
    /// <param name="vip">The VIP.</param>
    public string? InternalLoadBalancerOf(ulong nic, DatapathAddress vip) =>
        _networks.TryGetValue(nic, out ObjectKey network) && _internalLoadBalancers.TryGetValue((network, vip), out ObjectKey key) ? key.ToString() : null;

    /// <summary>The network of a network interface that is given as a target.</summary>
    public string? NetworkOf(ulong nic) => _networks.TryGetValue(nic, out ObjectKey key) ? key.ToString() : null;

    /// <summary>Which network interface a target is.</summary>
    public string? NetworkInterfaceOf(ulong target) => _networkInterfaces.TryGetValue(target, out ObjectKey key) ? key.ToString() : null;

    private static ObjectKey NetworkOf(KubernetesObject owner, LocalObjectReference? reference) => new(owner.Metadata.Namespace ?? "", reference?.Name ?? "");
}
