using System.Collections.Immutable;
using System.Net;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Announce.Bgp.Frr;

/// <summary>What bgpd is configured with, as far as it is ours. Immutable.</summary>
internal sealed record FrrState
{
    /// <summary>Seconds that bgpd asks for where nothing else is configured.</summary>
    public const int DefaultRestartSeconds = 120;

    /// <summary>Nothing.</summary>
    public static FrrState Empty { get; } = new();

    /// <summary>The autonomous system; null: there is no instance.</summary>
    public uint? Asn { get; init; }

    /// <summary>The router id; empty: none is set.</summary>
    public string RouterId { get; init; } = "";

    /// <summary>Whether routes carry the graceful shutdown community.</summary>
    public bool IsShuttingDown { get; init; }

    /// <summary>Restart time of all sessions.</summary>
    public int RestartSeconds { get; init; } = DefaultRestartSeconds;

    /// <summary>By what bgpd calls a neighbour.</summary>
    public ImmutableDictionary<string, FrrNeighbor> Neighbors { get; init; } = ImmutableDictionary<string, FrrNeighbor>.Empty;

    /// <summary>Announced addresses.</summary>
    public ImmutableHashSet<DatapathAddress> Prefixes { get; init; } = [];

    /// <summary>Route maps of ours.</summary>
    public ImmutableHashSet<string> RouteMaps { get; init; } = [];

    /// <summary>What a configuration comes to.</summary>
    public static FrrState Of(BgpConfig config) => new()
    {
        Asn = config.Asn,
        RouterId = config.RouterId.ToString(),
        IsShuttingDown = config.IsShuttingDown,
        RestartSeconds = config.Neighbors.Select(n => n.RestartSeconds).Where(s => s > 0).DefaultIfEmpty(DefaultRestartSeconds).Max(),
        Neighbors = config.Neighbors.ToImmutableDictionary(n => n.Key, n => new FrrNeighbor(FrrCommands.FingerprintOf(n), FrrCommands.RouteMapOf(n.Attributes)), StringComparer.Ordinal),
        Prefixes = config.Prefixes,
        RouteMaps = [FrrCommands.Inbound, .. config.Neighbors.Select(n => FrrCommands.RouteMapOf(n.Attributes))],
    };

    /// <summary>Reads <c>show running-config</c> of bgpd. Lines that say nothing of ours are skipped.</summary>
    public static FrrState Read(string text)
    {
        uint? asn = null;
        string routerId = "";
        bool isShuttingDown = false;
        int restartSeconds = DefaultRestartSeconds;
        var neighbors = new Dictionary<string, FrrNeighbor>(StringComparer.Ordinal);
        ImmutableHashSet<DatapathAddress>.Builder prefixes = ImmutableHashSet.CreateBuilder<DatapathAddress>();
        ImmutableHashSet<string>.Builder routeMaps = ImmutableHashSet.CreateBuilder<string>();
        foreach (string line in text.Split('\n'))
        {
            switch (line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                case ["router", "bgp", var number, ..] when uint.TryParse(number, out uint value):
                    asn = value;
                    break;
                case ["bgp", "router-id", var id]:
                    routerId = id;
                    break;
                case ["bgp", "graceful-shutdown"]:
                    isShuttingDown = true;
                    break;
                case ["bgp", "graceful-restart", "restart-time", var seconds] when int.TryParse(seconds, out int value):
                    restartSeconds = value;
                    break;
                case ["neighbor", var key, "description", var fingerprint]:
                    neighbors[key] = neighbors.GetValueOrDefault(key) with { Fingerprint = fingerprint };
                    break;
                case ["neighbor", var key, "route-map", var map, "out"]:
                    neighbors[key] = neighbors.GetValueOrDefault(key) with { RouteMap = map };
                    break;
                case ["neighbor", var key, ..]:
                    neighbors.TryAdd(key, default);
                    break;
                case ["network", var prefix, ..] when prefix.IndexOf('/', StringComparison.Ordinal) is > 0 and int slash && IPAddress.TryParse(prefix.AsSpan(0, slash), out IPAddress? address):
                    prefixes.Add(DatapathAddress.From(address));
                    break;
                case ["route-map", var map, ..] when map.StartsWith(FrrCommands.Mark, StringComparison.Ordinal):
                    routeMaps.Add(map);
                    break;
            }
        }

        return new FrrState
        {
            Asn = asn,
            RouterId = routerId,
            IsShuttingDown = isShuttingDown,
            RestartSeconds = restartSeconds,
            Neighbors = neighbors.ToImmutableDictionary(StringComparer.Ordinal),
            Prefixes = prefixes.ToImmutable(),
            RouteMaps = routeMaps.ToImmutable(),
        };
    }
}
