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
/// <remarks>
/// Routes are looked up again every five seconds. One that has changed counts as soon as its router has answered; until then packets go the way before.
/// </remarks>
internal sealed partial class NextHopTable(Func<uint> uplink, Action changed, ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, Way> _ways = [];
    private ImmutableDictionary<IPAddress, MacAddress> _neighbours = ImmutableDictionary<IPAddress, MacAddress>.Empty;

    /// <summary>What is known, by the underlay address of the host.</summary>
    public ImmutableDictionary<IPAddress, MacAddress> NextHops
    {
        get
        {
            lock (_lock)
            {
                ImmutableDictionary<IPAddress, MacAddress>.Builder hops = ImmutableDictionary.CreateBuilder<IPAddress, MacAddress>();
                foreach ((IPAddress host, Way way) in _ways)
                {
                    if (_neighbours.TryGetValue(way.Now, out MacAddress mac))
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
            foreach (IPAddress gone in _ways.Keys.Except(hosts).ToArray())
            {
                _ways.Remove(gone);
            }

            LookUpLocked([.. hosts.Where(host => !_ways.ContainsKey(host))]);
        }
    }

    /// <summary>Follows the neighbour table until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using NeighbourMonitor monitor = NeighbourMonitor.Open();
        await foreach (NetlinkChange<NeighbourInfo> change in monitor.WatchAsync(cancellationToken))
        {
            if (change.Kind == ChangeKind.Present && change.Item.IsUsable && (uint)change.Item.LinkIndex == uplink()
                && Hear(change.Item.Address, Macs.FromLinux(change.Item.LinkAddress!.Value)))
            {
                changed();
            }
        }
    }

    /// <summary>Looks up routes again, and asks again for those who have not answered, until cancelled.</summary>
    public async Task RetryAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(RetryInterval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (LookAgain())
            {
                changed();
            }
        }
    }

    /// <summary>Takes note of a neighbour; true where that is news.</summary>
    internal bool Hear(IPAddress address, MacAddress mac)
    {
        lock (_lock)
        {
            bool isNews = !_neighbours.TryGetValue(address, out MacAddress known) || known != mac;
            _neighbours = _neighbours.SetItem(address, mac);
            return TakeNewWaysLocked() || isNews;
        }
    }

    /// <summary>Looks up all routes; true where packets go another way now.</summary>
    internal bool LookAgain()
    {
        lock (_lock)
        {
            LookUpLocked([.. _ways.Keys]);
            return TakeNewWaysLocked();
        }
    }

    private bool TakeNewWaysLocked()
    {
        IPAddress[] ready = [.. _ways.Where(way => !way.Value.Next.Equals(way.Value.Now) && _neighbours.ContainsKey(way.Value.Next)).Select(way => way.Key)];
        foreach (IPAddress host in ready)
        {
            Way way = _ways[host];
            Log.WayChanged(logger, host, way.Now, way.Next);
            _ways[host] = new Way(way.Next, way.Next);
        }

        return ready.Length > 0;
    }

    private void LookUpLocked(IReadOnlyCollection<IPAddress> hosts)
    {
        if (hosts.Count == 0)
        {
            return;
        }

        using RtNetlink netlink = RtNetlink.Open();
        int link = (int)uplink();
        foreach (IPAddress host in hosts)
        {
            Way? way = _ways.GetValueOrDefault(host);
            IPAddress next = way?.Next ?? host;
            try
            {
                if (netlink.TryLookUpRoute(host, link, out RouteInfo? route))
                {
                    next = route.Gateway ?? host;
                }

                if (!_neighbours.ContainsKey(next))
                {
                    netlink.StartResolving(link, next, keepFresh: true);
                }
            }
            catch (LinuxException e)
            {
                Log.NotResolved(logger, host, e.Message);
            }

            // One that no packet could go by yet is asked for where the newest route says.
            _ways[host] = way is not null && _neighbours.ContainsKey(way.Now) ? way with { Next = next } : new Way(next, next);
        }
    }

    /// <summary>The router that packets to a host go by, or the host itself.</summary>
    /// <param name="Now">In use.</param>
    /// <param name="Next">By the route as it was last looked up.</param>
    private sealed record Way(IPAddress Now, IPAddress Next);

    private static partial class Log
    {
        [LoggerMessage(4100, LogLevel.Warning, "The next hop towards {Host} cannot be resolved: {Message}")]
        internal static partial void NotResolved(ILogger logger, IPAddress host, string message);

        [LoggerMessage(4101, LogLevel.Information, "Packets to {Host} go by {Next} now, before by {Last}, as the route says")]
        internal static partial void WayChanged(ILogger logger, IPAddress host, IPAddress last, IPAddress next);
    }
}
