using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Announce.Bgp.Bird;

/// <summary>The configuration file of BIRD 2 for a <see cref="BgpConfig"/>. Pure; equal configurations give equal texts.</summary>
/// <remarks>No kernel protocol: BIRD puts no route into the kernel. Texts from outside are numbers, addresses, and passwords without quotes.</remarks>
internal static class BirdConfig
{
    /// <summary>What names of BGP protocols begin with; the neighbour's number follows.</summary>
    internal const string Protocol = "router";

    /// <summary>The text.</summary>
    /// <param name="config">What is wanted.</param>
    /// <param name="logFile">Where BIRD is to tell of itself.</param>
    /// <param name="hasBfd">Which of the neighbours that are to have BFD have it now; null: all.</param>
    public static string Write(BgpConfig config, string logFile, Predicate<BgpNeighbor>? hasBfd = null)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Written by lodestone agent; changed whenever it changes.\nlog \"{logFile}\" {{ info, warning, error, fatal, bug }};\n");
        text.Append(CultureInfo.InvariantCulture, $"router id {config.RouterId};\nprotocol device {{ }}\n");
        if (config.Neighbors.Any(n => n.Bfd is not null))
        {
            text.Append("protocol bfd { }\n");
        }

        AppendRoutes(text, config, isIPv4: true);
        AppendRoutes(text, config, isIPv4: false);
        for (int i = 0; i < config.Neighbors.Length; i++)
        {
            AppendNeighbor(text, config, hasBfd?.Invoke(config.Neighbors[i]) == false ? config.Neighbors[i] with { Bfd = null } : config.Neighbors[i], i);
        }

        return text.ToString();
    }

    private static void AppendRoutes(StringBuilder text, BgpConfig config, bool isIPv4)
    {
        string family = isIPv4 ? "ipv4" : "ipv6";
        text.Append(CultureInfo.InvariantCulture, $"protocol static vips_{family} {{\n  {family};\n");
        foreach (DatapathAddress prefix in config.Prefixes.Where(p => p.IsIPv4 == isIPv4).OrderBy(p => p.ToString(), StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"  route {prefix}/{(isIPv4 ? 32 : 128)} blackhole;\n");
        }

        text.Append("}\n");
    }

    private static void AppendNeighbor(StringBuilder text, BgpConfig config, BgpNeighbor neighbor, int number)
    {
        text.Append(CultureInfo.InvariantCulture, $"filter to_{Protocol}{number} {{\n  if source != RTS_STATIC then reject;\n");
        BgpAttributes attributes = neighbor.Attributes;
        foreach (string community in attributes.Communities)
        {
            text.Append(CultureInfo.InvariantCulture, $"  bgp_community.add(({community.Replace(':', ',')}));\n");
        }

        foreach (string community in attributes.LargeCommunities)
        {
            text.Append(CultureInfo.InvariantCulture, $"  bgp_large_community.add(({community.Replace(':', ',')}));\n");
        }

        if (config.IsShuttingDown)
        {
            // GRACEFUL_SHUTDOWN (RFC 8326, 4.1); within the autonomous system by the lowest preference.
            text.Append("  bgp_community.add((65535,0));\n");
        }

        if (attributes.Med is { } med)
        {
            text.Append(CultureInfo.InvariantCulture, $"  bgp_med = {med};\n");
        }

        if (neighbor.Asn == config.Asn && (config.IsShuttingDown ? 0 : attributes.LocalPreference) is { } preference)
        {
            text.Append(CultureInfo.InvariantCulture, $"  bgp_local_pref = {preference};\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"  accept;\n}}\nprotocol bgp {Protocol}{number} {{\n  local as {config.Asn};\n  neighbor {neighbor.Address} port {neighbor.Port} as {neighbor.Asn};\n");
        text.Append(CultureInfo.InvariantCulture, $"  hold time {neighbor.HoldTimeSeconds};\n  keepalive time {neighbor.KeepaliveSeconds};\n");
        text.Append(CultureInfo.InvariantCulture, $"  connect retry time {neighbor.ConnectRetrySeconds};\n  connect delay time 1;\n  error wait time 1, {Math.Max(1, neighbor.ConnectRetrySeconds)};\n");
        AppendHops(text, config, neighbor);
        text.Append(
            CultureInfo.InvariantCulture,
            $"  {(neighbor.RestartSeconds > 0 ? $"graceful restart on;\n  graceful restart time {neighbor.RestartSeconds}" : "graceful restart off")};\n");
        if (neighbor.Password is { } password)
        {
            text.Append(CultureInfo.InvariantCulture, $"  password \"{password}\";\n");
        }

        if (neighbor.Bfd is { } bfd)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"  bfd {{ min rx interval {bfd.ReceiveMilliseconds} ms; min tx interval {bfd.TransmitMilliseconds} ms; multiplier {bfd.DetectMultiplier}; }};\n");
        }

        foreach (bool isIPv4 in (ReadOnlySpan<bool>)[true, false])
        {
            if (isIPv4 ? neighbor.HasIPv4 : neighbor.HasIPv6)
            {
                string extended = isIPv4 && neighbor.Address?.AddressFamily == AddressFamily.InterNetworkV6 ? " extended next hop on;" : "";
                text.Append(CultureInfo.InvariantCulture, $"  {(isIPv4 ? "ipv4" : "ipv6")} {{ import none; export filter to_{Protocol}{number}; next hop self;{extended} }};\n");
            }
        }

        text.Append("}\n");
    }

    private static void AppendHops(StringBuilder text, BgpConfig config, BgpNeighbor neighbor)
    {
        if (neighbor.TtlSecurityHops is { } most)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {(most > 1 ? $"multihop {most}" : "direct")};\n  ttl security on;\n");
        }
        else if (neighbor.Multihop is { } hops)
        {
            text.Append(CultureInfo.InvariantCulture, $"  multihop {hops};\n");
        }
        else if (neighbor.Asn != config.Asn)
        {
            text.Append("  direct;\n");
        }
    }
}
