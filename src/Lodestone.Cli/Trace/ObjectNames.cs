using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Cli.Commands;
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
    private readonly Dictionary<ulong, ObjectKey> _networkInterfaces = [];

    /// <summary>Why names are missing; null where they were read.</summary>
    public string? Note { get; private init; }

    /// <summary>Takes names from objects.</summary>
    public static ObjectNames From(IEnumerable<LoadBalancer> loadBalancers, IEnumerable<NetworkInterface> networkInterfaces)
    {
        var names = new ObjectNames();
        foreach (LoadBalancer lb in loadBalancers.Where(lb => lb.Spec.Type == "Public"))
        {
            foreach (string ip in lb.Status?.Ips ?? [])
            {
                if (System.Net.IPAddress.TryParse(ip, out System.Net.IPAddress? address))
                {
                    names._loadBalancers[DatapathAddress.From(address)] = lb.Key;
                }
            }
        }

        foreach (NetworkInterface nic in networkInterfaces.Where(nic => nic.Metadata.Uid is { Length: > 0 }))
        {
            names._networkInterfaces[TargetHash.Of(nic.Metadata.Uid!)] = nic.Key;
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
        if (Find(kubeconfig) is not { } config)
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

    /// <summary>Which network interface a target is.</summary>
    public string? NetworkInterfaceOf(ulong target) => _networkInterfaces.TryGetValue(target, out ObjectKey key) ? key.ToString() : null;

    private static KubeConfig? Find(string? kubeconfig)
    {
        if (kubeconfig is not null)
        {
            return KubeConfig.Load(kubeconfig);
        }

        try
        {
            return KubeConfig.Load();
        }
        catch (KubeConfigException)
        {
            string own = Path.Combine(CommonOptions.DefaultDataDirectory, "kubeconfig");
            return File.Exists(own) ? KubeConfig.Load(own) : null;
        }
    }
}
