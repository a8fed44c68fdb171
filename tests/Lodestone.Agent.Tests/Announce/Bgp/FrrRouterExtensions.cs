using System.Net;
using System.Text.Json;
using Lodestone.Cli.Lab.Routing;

namespace Lodestone.Agent.Tests.Announce.Bgp;

/// <summary>What a router has of its gateways. End-to-end tests look at theirs with it too.</summary>
internal static class FrrRouterExtensions
{
    /// <summary>A gateway, as bgpd knows it.</summary>
    /// <param name="router">The router.</param>
    /// <param name="gateway">What the router calls the gateway.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<RouterPeer> PeerAsync(this FrrRouter router, string gateway, CancellationToken cancellationToken)
    {
        using JsonDocument document = JsonDocument.Parse(await router.AskAsync(cancellationToken, $"show bgp neighbors {gateway} json"));
        JsonElement peer = document.RootElement.EnumerateObject().First().Value;
        return new RouterPeer(
            peer.GetProperty("connectionsEstablished").GetInt64(),
            peer.TryGetProperty("bgpTimerUpMsec", out JsonElement up) ? TimeSpan.FromMilliseconds(up.GetInt64()) : null,
            peer.TryGetProperty("peerBfdInfo", out JsonElement bfd) ? bfd.GetProperty("status").GetString() : null);
    }

    /// <summary>The routes to an address, as bgpd prints them.</summary>
    public static async Task<JsonElement[]> PathsAsync(this FrrRouter router, IPAddress vip, CancellationToken cancellationToken)
    {
        (string family, int length) = vip.GetAddressBytes().Length == 4 ? ("ipv4", 32) : ("ipv6", 128);
        using JsonDocument document = JsonDocument.Parse(await router.AskAsync(cancellationToken, $"show bgp {family} unicast {vip}/{length} json"));
        return document.RootElement.TryGetProperty("paths", out JsonElement paths) ? [.. paths.EnumerateArray().Select(path => path.Clone())] : [];
    }
}
