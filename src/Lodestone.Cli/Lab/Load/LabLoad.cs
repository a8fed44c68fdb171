using System.Net;

using Lodestone.Cli.Lab.Site;
using Lodestone.Cli.Lab.Traffic;

namespace Lodestone.Cli.Lab.Load;

/// <summary>All flows of the clients to all load balancers of a site, of every kind and over both families.</summary>
internal sealed class LabLoad : IAsyncDisposable
{
    // What is under way when a window ends has so long to be answered.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly LabSite _site;
    private readonly bool _isSmall;
    private readonly NamespaceSockets _sockets;
    private readonly List<LoadFlow> _flows = [];

    /// <summary>Prepares it; nothing is sent yet.</summary>
    /// <param name="site">The site.</param>
    /// <param name="isSmall">Whether few flows will do.</param>
    public LabLoad(LabSite site, bool isSmall)
    {
        _site = site;
        _isSmall = isSmall;
        _sockets = new NamespaceSockets(site.Router.Clients);
    }

    /// <summary>In words, for people.</summary>
    public override string ToString() => string.Join(", ", LoadKinds.All.Select(kind => $"{_flows.Count(flow => KindOf(flow) == kind)} {kind switch
    {
        LoadKind.Datagrams => "UDP flows of 50 datagrams/s",
        LoadKind.Streams => "TCP streams of 80 kB/s",
        LoadKind.Kept => "kept HTTP connections of 10 requests/s",
        _ => "sources of 10 new connections/s",
    }}"));

    /// <summary>Opens all flows; returns when each has had an answer.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (SiteBalancer balancer in _site.Balancers)
        {
            LoadSize size = LoadSize.Of(balancer, _isSmall);
            foreach (IPAddress vip in balancer.Vips)
            {
                Add(LoadKind.Datagrams, size.Datagrams, balancer, vip);
                Add(LoadKind.Streams, size.Streams, balancer, vip);
                Add(LoadKind.Kept, size.Kept, balancer, vip);
                Add(LoadKind.New, size.New, balancer, vip);
            }
        }

        await Task.WhenAll(_flows.Select(flow => flow.StartAsync(cancellationToken)));
    }

    /// <summary>Opens flows that are broken anew.</summary>
    /// <param name="isGone">Also those of targets that are gone, by their names.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many there were.</returns>
    public async Task<int> RepairAsync(Func<string, bool> isGone, CancellationToken cancellationToken)
    {
        LoadFlow[] broken = [.. _flows.Where(flow => flow.IsBroken || (flow.Target is { } target && isGone(target)))];
        foreach (LoadFlow flow in broken)
        {
            _ = _flows.Remove(flow);
            await flow.DisposeAsync();
            LoadFlow successor = Make(KindOf(flow), flow.Balancer, flow.Vip);
            _flows.Add(successor);
            await successor.StartAsync(cancellationToken);
        }

        return broken.Length;
    }

    /// <summary>Begins a window of time that is looked at.</summary>
    public void Begin() => _flows.ForEach(flow => flow.Begin());

    /// <summary>Ends the window; returns what each flow met in it.</summary>
    public async Task<IReadOnlyList<FlowFigures>> EndAsync(CancellationToken cancellationToken)
    {
        _flows.ForEach(flow => flow.End());
        await Task.Delay(Grace, _site.Time, cancellationToken);
        return [.. _flows.Select(flow => flow.Read())];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_flows.Select(flow => flow.DisposeAsync().AsTask()));
        _sockets.Dispose();
    }

    private static LoadKind KindOf(LoadFlow flow) => flow switch
    {
        DatagramFlow => LoadKind.Datagrams,
        StreamFlow => LoadKind.Streams,
        KeptFlow => LoadKind.Kept,
        _ => LoadKind.New,
    };

    private void Add(LoadKind kind, int count, SiteBalancer balancer, IPAddress vip) =>
        _flows.AddRange(Enumerable.Range(0, count).Select(_ => Make(kind, balancer, vip)));

    private LoadFlow Make(LoadKind kind, SiteBalancer balancer, IPAddress vip) => kind switch
    {
        LoadKind.Datagrams => new DatagramFlow(_site.Router.Clients, balancer, vip, _site.Time),
        LoadKind.Streams => new StreamFlow(_site.Router.Clients, balancer, vip, _site.Time),
        LoadKind.Kept => new KeptFlow(_sockets, balancer, vip, _site.Time),
        _ => new NewConnectionSource(_sockets, balancer, vip, _site.Time),
    };
}
