using System.Collections.Immutable;
using System.Net;
using Lodestone.Linux;
using Lodestone.Linux.Netlink;
using Microsoft.Extensions.Logging;

using MacAddress = Lodestone.Datapath.Layout.MacAddress;

namespace Lodestone.Agent.Kernel;

/// <summary>
/// Link-layer addresses towards other hosts. The kernel resolves them and keeps them fresh; we follow its neighbour table. An address
/// that was known stays known: a host that does not answer for a while is better sent to than dropped for.
/// </summary>
internal sealed partial class NextHopTable(Func<uint> uplink, Action changed, ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, IPAddress> _gateways = [];
    private ImmutableDictionary<IPAddress, MacAddress> _neighbours = ImmutableDictionary<IPAddress, MacAddress>.Empty;

    /// <summary>What is known, by the underlay address of the host.</summary>
    public ImmutableDictionary<IPAddress, MacAddress> NextHops
    {
        get
        {
            lock (_lock)
            {
                ImmutableDictionary<IPAddress, MacAddress>.Builder hops = ImmutableDictionary.CreateBuilder<IPAddress, MacAddress>();
                foreach ((IPAddress host, IPAddress gateway) in _gateways)
                {
                    if (_neighbours.TryGetValue(gateway, out MacAddress mac))
                    {
                        hops[host] = mac;
                    }
                }

                return hops.ToImmutable();
            }
        }
    }

    /// <summary>Says whose next hops are wanted; new ones are asked for at once.</summary>
    public void Want(IReadOnlyCollection<IPAddress> hosts)
    {
        lock (_lock)
        {
            foreach (IPAddress gone in _gateways.Keys.Except(hosts).ToArray())
            {
                _gateways.Remove(gone);
            }

            foreach (IPAddress host in hosts)
            {
                if (!_gateways.ContainsKey(host))
                {
                    AskLocked(host);
                }
            }
        }
    }

    /// <summary>Follows the neighbour table until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using NeighbourMonitor monitor = NeighbourMonitor.Open();
        await foreach (NetlinkChange<NeighbourInfo> change in monitor.WatchAsync(cancellationToken))
        {
            if (change.Kind != ChangeKind.Present || !change.Item.IsUsable || (uint)change.Item.LinkIndex != uplink())
            {
                continue;
            }

            MacAddress mac = Macs.FromLinux(change.Item.LinkAddress!.Value);
            bool isNews;
            lock (_lock)
            {
                isNews = !_neighbours.TryGetValue(change.Item.Address, out MacAddress known) || known != mac;
                _neighbours = _neighbours.SetItem(change.Item.Address, mac);
            }

            if (isNews)
            {
                changed();
            }
        }
    }

    /// <summary>Asks again for those who have not answered, until cancelled.</summary>
    public async Task RetryAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(RetryInterval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            lock (_lock)
            {
                foreach ((IPAddress host, IPAddress gateway) in _gateways.ToArray())
                {
                    if (!_neighbours.ContainsKey(gateway))
                    {
                        AskLocked(host);
                    }
                }
            }
        }
    }

    private void AskLocked(IPAddress host)
    {
        _gateways[host] = host;
        try
        {
            using RtNetlink netlink = RtNetlink.Open();
            int link = (int)uplink();
            if (netlink.TryLookUpRoute(host, link, out RouteInfo? route) && route.Gateway is { } gateway)
            {
                _gateways[host] = gateway;
            }

            netlink.StartResolving(link, _gateways[host], keepFresh: true);
        }
        catch (LinuxException e)
        {
            Log.NotResolved(logger, host, e.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4100, LogLevel.Warning, "The next hop towards {Host} cannot be resolved: {Message}")]
        internal static partial void NotResolved(ILogger logger, IPAddress host, string message);
    }
}
