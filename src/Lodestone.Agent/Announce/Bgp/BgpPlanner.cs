using System.Collections.Immutable;
using System.IO.Hashing;
using System.Text;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Datapath.Layout;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Agent.Announce.Bgp;

/// <summary>Makes a configuration of the BGPPeers that select a host. Pure.</summary>
internal static class BgpPlanner
{
    /// <summary>The plan.</summary>
    /// <param name="peers">Those that select the host.</param>
    /// <param name="routerId">What the host is known by.</param>
    /// <param name="prefixes">What it announces.</param>
    /// <param name="isShuttingDown">Whether it says that it will go.</param>
    /// <param name="passwords">By key of the Secret; null: not known.</param>
    /// <param name="findsRouters">Whether the daemon does unnumbered sessions.</param>
    /// <param name="last">What was configured before: a password that is no longer to be had stays in use.</param>
    public static BgpPlan Plan(
        IEnumerable<BGPPeer> peers,
        IPAddress routerId,
        ImmutableHashSet<DatapathAddress> prefixes,
        bool isShuttingDown,
        IReadOnlyDictionary<string, byte[]>? passwords,
        bool findsRouters,
        BgpConfig? last)
    {
        ImmutableDictionary<string, BgpProblem>.Builder problems = ImmutableDictionary.CreateBuilder<string, BgpProblem>(StringComparer.Ordinal);
        var neighbors = new Dictionary<string, BgpNeighbor>(StringComparer.Ordinal);
        BGPPeer? first = null;
        foreach (BGPPeer peer in peers.OrderBy(p => p.Metadata.Name, StringComparer.Ordinal))
        {
            string name = peer.Metadata.Name ?? "";
            BgpNeighbor neighbor = Read(peer.Spec, name);
            if (peer.Spec.LocalASN != (first ?? peer).Spec.LocalASN)
            {
                problems[name] = new BgpProblem(
                    BgpReasons.LocalASNConflict,
                    $"localASN is {peer.Spec.LocalASN}, but BGPPeer {first!.Metadata.Name} makes this host speak for {first.Spec.LocalASN}: give all peers of a host the same localASN");
                continue;
            }

            if (neighbor.Interface is not null && !findsRouters)
            {
                problems[name] = new BgpProblem(BgpReasons.NotSupported, "BIRD does not find routers by their advertisements: give peerAddress, or let the agent use FRR (--bgp-driver frr)");
                continue;
            }

            if (neighbors.TryGetValue(neighbor.Key, out BgpNeighbor? same))
            {
                problems[name] = new BgpProblem(BgpReasons.PeerConflict, $"BGPPeer {same.Name} has the same router {neighbor.Key}: delete one of them");
                continue;
            }

            if (peer.Spec.PasswordKey is { } key)
            {
                string? password = PasswordOf(key, passwords, out string problem);
                if (password is null)
                {
                    problems[name] = new BgpProblem(BgpReasons.PasswordMissing, problem);
                    password = last?.Neighbors.FirstOrDefault(n => n.Name == name && n.Key == neighbor.Key)?.Password;
                    if (password is null)
                    {
                        continue;
                    }
                }

                neighbor = neighbor with { Password = password };
            }

            first ??= peer;
            neighbors.Add(neighbor.Key, neighbor);
        }

        BgpConfig? config = first is null ? null : new BgpConfig
        {
            Asn = (uint)first.Spec.LocalASN!.Value,
            RouterId = routerId,
            Neighbors = [.. neighbors.Values.OrderBy(n => n.Name, StringComparer.Ordinal)],
            Prefixes = prefixes,
            IsShuttingDown = isShuttingDown,
        };
        return new BgpPlan(config, problems.ToImmutable());
    }

    /// <summary>A router id: the host's IPv4 address or, without one, four bytes of a hash of its name (RFC 6286).</summary>
    public static IPAddress RouterIdOf(IPAddress? ipv4, string hostName)
    {
        if (ipv4 is not null)
        {
            return ipv4;
        }

        byte[] id = BitConverter.GetBytes(XxHash32.HashToUInt32(Encoding.UTF8.GetBytes(hostName)));

        // As an address it would be one of a host.
        id[0] = (byte)(1 + (id[0] % 126));
        return new IPAddress(id);
    }

    private static BgpNeighbor Read(BGPPeerSpec spec, string name)
    {
        int hold = spec.HoldTimeSeconds ?? BGPPeerSpec.DefaultHoldTimeSeconds;
        return new BgpNeighbor
        {
            Name = name,
            Address = spec.PeerAddress is { } text && IPFamily.TryParseAddress(text, out IPAddress? address) ? address : null,
            Interface = spec.PeerAddress is null ? spec.Interface : null,
            Asn = (uint)(spec.PeerASN ?? 0),
            Port = (ushort)(spec.Port ?? BGPPeerSpec.DefaultPort),
            HoldTimeSeconds = hold,
            KeepaliveSeconds = spec.KeepaliveSeconds ?? Math.Max(1, hold / 3),
            ConnectRetrySeconds = spec.ConnectRetrySeconds ?? BGPPeerSpec.DefaultConnectRetrySeconds,
            Multihop = spec.EbgpMultihop,
            TtlSecurityHops = spec.TtlSecurityHops,
            Bfd = spec.Bfd is { } bfd
                ? new BfdTiming(
                    bfd.TransmitIntervalMilliseconds ?? BFDSettings.DefaultIntervalMilliseconds,
                    bfd.ReceiveIntervalMilliseconds ?? BFDSettings.DefaultIntervalMilliseconds,
                    bfd.DetectMultiplier ?? BFDSettings.DefaultDetectMultiplier)
                : null,
            HasIPv4 = Has(spec, IPFamily.IPv4),
            HasIPv6 = Has(spec, IPFamily.IPv6),
            RestartSeconds = spec.GracefulRestartSeconds ?? BGPPeerSpec.DefaultGracefulRestartSeconds,
            Attributes = new BgpAttributes
            {
                Communities = [.. (spec.Communities ?? []).Order(StringComparer.Ordinal)],
                LargeCommunities = [.. (spec.LargeCommunities ?? []).Order(StringComparer.Ordinal)],
                Med = (uint?)spec.Med,
                LocalPreference = (uint?)spec.LocalPreference,
            },
        };
    }

    private static bool Has(BGPPeerSpec spec, string family) => spec.AddressFamilies is not { Count: > 0 } families || families.Contains(family, StringComparer.Ordinal);

    private static string? PasswordOf(string key, IReadOnlyDictionary<string, byte[]>? passwords, out string problem)
    {
        if (passwords is null || !passwords.TryGetValue(key, out byte[]? password))
        {
            problem = $"Secret lodestone-system/{BGPPasswords.SecretName} has no key {key}, or could not be read: put the password there";
            return null;
        }

        if (BGPPasswords.Check(password) is { } wrong)
        {
            problem = $"the password under {key} in Secret lodestone-system/{BGPPasswords.SecretName} is of no use: {wrong}";
            return null;
        }

        problem = "";
        return Encoding.ASCII.GetString(password);
    }
}
