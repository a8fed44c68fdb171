using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Desired;

/// <summary>Reads what a routing says of QUIC, while its targets are read.</summary>
internal sealed class QuicReader(RoutingQuic quic)
{
    private const string Remedy = "upgrade the agent to the controllers' release";

    private readonly Dictionary<ulong, ulong> _ipv4 = [];
    private readonly Dictionary<ulong, ulong> _ipv6 = [];
    private readonly HashSet<(AddressFamily Family, ulong Server)> _shared = [];

    /// <summary>What it says that this release doesn't know; null: nothing.</summary>
    public string? Error =>
        quic.ConfigID is < 0 or >= QuicKey.Unroutable ? $"policy.quic.configID: {quic.ConfigID} is not between 0 and {QuicKey.Unroutable - 1}; {Remedy}"
        : quic.ServerIDLength is < 1 or > QuicKey.MaxIdBytes ? $"policy.quic.serverIDLength: {quic.ServerIDLength} is not between 1 and {QuicKey.MaxIdBytes}; {Remedy}"
        : quic.Ports?.Exists(port => port is < 1 or > ushort.MaxValue) == true ? $"policy.quic.ports: not all are between 1 and {ushort.MaxValue}"
        : null;

    /// <summary>A target of a family's ring, or one that drains. An ID that two have is nobody's.</summary>
    public void Add(AddressFamily ring, IPAddress address, ulong target)
    {
        if (Error is not null)
        {
            return;
        }

        ulong server = QuicKey.ServerOf(QuicServerID.Of(address, quic.ServerIDLength));
        Dictionary<ulong, ulong> servers = ring == AddressFamily.InterNetwork ? _ipv4 : _ipv6;
        if (!servers.TryAdd(server, target) && servers[server] != target)
        {
            _shared.Add((ring, server));
        }
    }

    public QuicModel ToModel() => new(
        (byte)quic.ConfigID,
        (byte)quic.ServerIDLength,
        [.. (quic.Ports ?? []).Select(port => (ushort)port).Distinct().Order()],
        Unshared(_ipv4, AddressFamily.InterNetwork),
        Unshared(_ipv6, AddressFamily.InterNetworkV6));

    private ImmutableSortedDictionary<ulong, ulong> Unshared(Dictionary<ulong, ulong> servers, AddressFamily family) =>
        servers.Where(server => !_shared.Contains((family, server.Key))).ToImmutableSortedDictionary();
}
