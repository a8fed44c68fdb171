using Lodestone.Agent;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.Cli.Simulate.Report;
using Lodestone.Cli.Simulate.Site;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lodestone.Cli.Simulate.Agents;

/// <summary>A gateway's informers over the API of a simulated site.</summary>
internal sealed class AgentCaches : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly SiteApi _api;
    private readonly ApiClient _client;
    private Task _watching = Task.CompletedTask;

    public AgentCaches(SiteObjects site, SimulatedTime time)
    {
        _api = new SiteApi(site);
        _client = new ApiClient(_api, new Uri("http://localhost"), timeProvider: time);
        Informers = new WorldInformers(SiteObjects.HostName(0), isGateway: true, _client, () => { }, () => { }, NullLoggerFactory.Instance, time);
    }

    /// <summary>The informers.</summary>
    public WorldInformers Informers { get; }

    /// <summary>The site's API.</summary>
    public ApiClient Client => _client;

    /// <summary>Fills the caches, and says what came to them.</summary>
    public async Task<(CacheResult Cache, IReadOnlyList<KindResult> Kinds)> FillAsync(CancellationToken cancellationToken)
    {
        long heap = await Stopwatches.HeapAsync();
        long start = TimeProvider.System.GetTimestamp();
        _watching = Task.Run(() => Informers.RunAsync(_stop.Token), CancellationToken.None);
        await Waiting.UntilAsync(() => Informers.All.All(informer => informer.HasSynced), Informers.All, cancellationToken);
        double ms = Stopwatches.Round(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
        IReadOnlyDictionary<string, ListedKind> listed = _api.TakeListed();
        var cache = new CacheResult(listed.Values.Sum(kind => kind.Objects), listed.Values.Sum(kind => kind.Bytes), await Stopwatches.HeapAsync() - heap, ms);
        KindResult[] kinds =
        [
            .. from informer in Informers.All
               let plural = informer.Definition.Plural
               where listed[plural].Objects > 0
               select new KindResult(
                   plural, listed[plural].Objects, listed[plural].Bytes, SiteApi.EventBytes(_api.First(plural)), ReferenceEquals(informer, Informers.Leases)),
        ];
        return (cache, kinds);
    }

    /// <summary>Tells of objects by watch; they are in the caches when this returns.</summary>
    public async Task TellAsync(IReadOnlyList<KubernetesObject> items, CancellationToken cancellationToken)
    {
        foreach (KubernetesObject item in items)
        {
            _api.Push(item);
        }

        foreach (KubernetesObject item in items)
        {
            await Waiting.UntilAsync(() => VersionOf(item) >= SiteChanges.VersionOf(item), Informers.All, cancellationToken);
        }
    }

    /// <summary>A load balancer's routing as it is.</summary>
    public LoadBalancerRouting? RoutingOf(LoadBalancer lb) => Informers.Routings.TryGet(lb.Key, out LoadBalancerRouting? routing) ? routing : null;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _client.Dispose();
        _stop.Dispose();
    }

    private long VersionOf(KubernetesObject item) => item switch
    {
        Host => Find(Informers.Hosts, item),
        NetworkInterface => Find(Informers.NetworkInterfaces, item),
        LoadBalancer => Find(Informers.LoadBalancers, item),
        LoadBalancerRouting => Find(Informers.Routings, item),
        _ => throw new ArgumentException($"nothing is told of kind {item.Kind}", nameof(item)),
    };

    private static long Find<T>(ILister<T> lister, KubernetesObject item)
        where T : KubernetesObject => lister.TryGet(item.Key, out T? found) ? SiteChanges.VersionOf(found) : 0;
}
