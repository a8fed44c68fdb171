using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Announce.Bgp.Frr;

/// <summary>The commands that lead bgpd from what it has to what is wanted, and no others. Pure.</summary>
/// <remarks>
/// A neighbour's description holds a fingerprint of all that its session is made from, written last. So nothing depends on how a release of FRR
/// prints its configuration, and one that was only half made is made anew. BFD is no part of it (<see cref="BfdDifference"/>).
/// </remarks>
internal static class FrrCommands
{
    /// <summary>What names of ours begin with.</summary>
    internal const string Mark = "lodestone-";

    /// <summary>The route map of what neighbours tell: nothing is taken.</summary>
    internal const string Inbound = Mark + "in";

    private const int BgpPort = 179;

    /// <summary>Commands to run in this order after <c>configure terminal</c>; empty where nothing differs.</summary>
    public static List<FrrCommand> Difference(FrrState held, BgpConfig config)
    {
        FrrState wanted = FrrState.Of(config);
        var commands = new List<FrrCommand>();
        if (held.Asn is { } other && other != wanted.Asn)
        {
            commands.Add($"no router bgp {other}");
            held = FrrState.Empty with { RouteMaps = held.RouteMaps };
        }

        AddRouteMaps(commands, held, config);
        var inside = new List<FrrCommand>();
        AddInstance(inside, held, wanted);
        foreach (string gone in held.Neighbors.Keys.Where(key => !IsKept(held, wanted, key)).Order(StringComparer.Ordinal))
        {
            inside.Add($"no neighbor {gone}");
        }

        // Addresses first: what a new session is told at its beginning is then complete.
        AddPrefixes(inside, held, wanted, isIPv4: true);
        AddPrefixes(inside, held, wanted, isIPv4: false);
        foreach (BgpNeighbor neighbor in config.Neighbors)
        {
            if (!IsKept(held, wanted, neighbor.Key))
            {
                AddNeighbor(inside, neighbor);
            }
            else if (held.Neighbors[neighbor.Key].RouteMap != wanted.Neighbors[neighbor.Key].RouteMap)
            {
                AddFamilies(inside, neighbor, (commands, _) => commands.Add($"neighbor {neighbor.Key} route-map {RouteMapOf(neighbor.Attributes)} out"));
            }
        }

        if (inside.Count > 0)
        {
            commands.Add($"router bgp {config.Asn}");
            commands.AddRange(inside);
            commands.Add("exit");
        }

        foreach (string unused in held.RouteMaps.Except(wanted.RouteMaps).Order(StringComparer.Ordinal))
        {
            commands.Add($"no route-map {unused}");
        }

        return commands;
    }

    /// <summary>Commands that give neighbours BFD where it is of use, and take it where it would do harm; empty where nothing differs.</summary>
    /// <remarks>
    /// A bgpd that establishes a session asks for BFD anew, since only then does it know its own address: for the other end BFD goes down, and so does
    /// the session. So a neighbour has BFD from when its session is up, and not any more once both are down: then this happens before BFD is up.
    /// While BFD is up it stays, whatever becomes of the session: to take it away would look like a failure to the other end.
    /// </remarks>
    /// <param name="states">What bgpd says of its neighbours.</param>
    /// <param name="config">What is wanted; bgpd has it, but for BFD.</param>
    public static List<FrrCommand> BfdDifference(IReadOnlyDictionary<string, BgpNeighborState> states, BgpConfig config)
    {
        var inside = new List<FrrCommand>();
        foreach (BgpNeighbor neighbor in config.Neighbors)
        {
            if (!states.TryGetValue(neighbor.Key, out BgpNeighborState? state))
            {
                continue;
            }

            bool isDown = !state.IsEstablished && state.IsBfdUp != true;
            if (neighbor.Bfd is { } bfd && !isDown)
            {
                if (state.IsEstablished && state.Bfd != bfd)
                {
                    inside.Add($"neighbor {neighbor.Key} bfd {bfd.DetectMultiplier} {bfd.ReceiveMilliseconds} {bfd.TransmitMilliseconds}");
                }
            }
            else if (state.Bfd is not null)
            {
                inside.Add($"no neighbor {neighbor.Key} bfd");
            }
        }

        return inside.Count == 0 ? inside : [$"router bgp {config.Asn}", .. inside, "exit"];
    }

    /// <summary>What a neighbour's session is made from, in a word without blanks.</summary>
    internal static string FingerprintOf(BgpNeighbor neighbor)
    {
        string all = string.Join('\n', Session(neighbor).Select(command => command.Text)) + $"\n{neighbor.HasIPv4}{neighbor.HasIPv6}";
        return Mark + HashOf(all);
    }

    /// <summary>The name of the route map with these attributes: equal ones share it.</summary>
    internal static string RouteMapOf(BgpAttributes attributes) => Mark + HashOf(string.Join('\n', Sets(attributes)));

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));

    private static bool IsKept(FrrState held, FrrState wanted, string key) =>
        held.Neighbors.TryGetValue(key, out FrrNeighbor has) && wanted.Neighbors.TryGetValue(key, out FrrNeighbor wants) && has.Fingerprint == wants.Fingerprint;

    private static void AddRouteMaps(List<FrrCommand> commands, FrrState held, BgpConfig config)
    {
        if (!held.RouteMaps.Contains(Inbound))
        {
            commands.Add($"route-map {Inbound} deny 10");
            commands.Add("exit");
        }

        foreach (BgpAttributes attributes in config.Neighbors.Select(n => n.Attributes).DistinctBy(RouteMapOf).Where(a => !held.RouteMaps.Contains(RouteMapOf(a))))
        {
            commands.Add($"route-map {RouteMapOf(attributes)} permit 10");
            commands.AddRange(Sets(attributes).Select(set => (FrrCommand)set));
            commands.Add("exit");
        }
    }

    private static IEnumerable<string> Sets(BgpAttributes attributes)
    {
        if (!attributes.Communities.IsEmpty)
        {
            yield return $"set community {string.Join(' ', attributes.Communities)}";
        }

        if (!attributes.LargeCommunities.IsEmpty)
        {
            yield return $"set large-community {string.Join(' ', attributes.LargeCommunities)}";
        }

        if (attributes.Med is { } med)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"set metric {med}");
        }

        if (attributes.LocalPreference is { } preference)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"set local-preference {preference}");
        }
    }

    private static void AddInstance(List<FrrCommand> commands, FrrState held, FrrState wanted)
    {
        if (held.Asn is null)
        {
            // Restart options come before neighbours: sessions take them up when they are made.
            commands.Add("no bgp ebgp-requires-policy");
            commands.Add("no bgp default ipv4-unicast");
            commands.Add("no bgp network import-check");
            commands.Add("bgp graceful-restart");
            commands.Add("bgp graceful-restart preserve-fw-state");

            // Nothing is taken from routers, so there is nothing to wait for before ours are told.
            commands.Add("bgp graceful-restart select-defer-time 1");
        }

        if (held.RouterId != wanted.RouterId)
        {
            commands.Add($"bgp router-id {wanted.RouterId}");
        }

        if (held.RestartSeconds != wanted.RestartSeconds)
        {
            commands.Add($"bgp graceful-restart restart-time {wanted.RestartSeconds}");
        }

        if (held.IsShuttingDown != wanted.IsShuttingDown)
        {
            commands.Add(wanted.IsShuttingDown ? "bgp graceful-shutdown" : "no bgp graceful-shutdown");
        }
    }

    private static void AddPrefixes(List<FrrCommand> commands, FrrState held, FrrState wanted, bool isIPv4)
    {
        DatapathAddress[] gone = [.. held.Prefixes.Where(prefix => prefix.IsIPv4 == isIPv4 && !wanted.Prefixes.Contains(prefix))];
        DatapathAddress[] added = [.. wanted.Prefixes.Where(prefix => prefix.IsIPv4 == isIPv4 && !held.Prefixes.Contains(prefix))];
        if (gone.Length + added.Length == 0)
        {
            return;
        }

        commands.Add(isIPv4 ? "address-family ipv4 unicast" : "address-family ipv6 unicast");
        commands.AddRange(gone.Select(prefix => (FrrCommand)$"no network {prefix}/{(isIPv4 ? 32 : 128)}"));
        commands.AddRange(added.Select(prefix => (FrrCommand)$"network {prefix}/{(isIPv4 ? 32 : 128)}"));
        commands.Add("exit-address-family");
    }

    private static void AddNeighbor(List<FrrCommand> commands, BgpNeighbor neighbor)
    {
        commands.AddRange(Session(neighbor));
        AddFamilies(
            commands,
            neighbor,
            (inside, _) =>
            {
                inside.Add($"neighbor {neighbor.Key} activate");
                inside.Add($"neighbor {neighbor.Key} route-map {Inbound} in");
                inside.Add($"neighbor {neighbor.Key} route-map {RouteMapOf(neighbor.Attributes)} out");
            });
        commands.Add($"no neighbor {neighbor.Key} shutdown");
        commands.Add($"neighbor {neighbor.Key} description {FingerprintOf(neighbor)}");
    }

    private static void AddFamilies(List<FrrCommand> commands, BgpNeighbor neighbor, Action<List<FrrCommand>, bool> add)
    {
        foreach (bool isIPv4 in (ReadOnlySpan<bool>)[true, false])
        {
            if (isIPv4 ? neighbor.HasIPv4 : neighbor.HasIPv6)
            {
                commands.Add(isIPv4 ? "address-family ipv4 unicast" : "address-family ipv6 unicast");
                add(commands, isIPv4);
                commands.Add("exit-address-family");
            }
        }
    }

    /// <summary>The neighbour itself, shut down until it is complete.</summary>
    private static IEnumerable<FrrCommand> Session(BgpNeighbor neighbor)
    {
        string key = neighbor.Key;
        yield return neighbor.Address is null ? $"neighbor {key} interface remote-as {neighbor.Asn}" : $"neighbor {key} remote-as {neighbor.Asn}";
        yield return $"neighbor {key} shutdown";
        if (neighbor.Port != BgpPort)
        {
            yield return $"neighbor {key} port {neighbor.Port}";
        }

        if (neighbor.Password is { } password)
        {
            yield return new FrrCommand($"neighbor {key} password {password}", $"neighbor {key} password ***");
        }

        yield return $"neighbor {key} timers {neighbor.KeepaliveSeconds} {neighbor.HoldTimeSeconds}";
        yield return $"neighbor {key} timers connect {neighbor.ConnectRetrySeconds}";
        if (neighbor.Multihop is { } hops)
        {
            yield return $"neighbor {key} ebgp-multihop {hops}";
        }

        if (neighbor.TtlSecurityHops is { } most)
        {
            yield return $"neighbor {key} ttl-security hops {most}";
        }

        if (neighbor.RestartSeconds == 0)
        {
            yield return $"neighbor {key} graceful-restart-disable";
        }

        if (neighbor.HasIPv4 && neighbor.Address?.AddressFamily == AddressFamily.InterNetworkV6)
        {
            yield return $"neighbor {key} capability extended-nexthop";
        }
    }
}
