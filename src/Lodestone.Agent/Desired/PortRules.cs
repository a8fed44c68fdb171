using System.Collections.Immutable;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Desired;

/// <summary>Port rules of a load balancer as ranges: sorted, and merged where they touch.</summary>
internal static class PortRules
{
    private const byte Tcp = 6;
    private const byte Udp = 17;
    private const byte Sctp = 132;

    /// <summary>Reads the rules; false, with the first error, where one cannot be read.</summary>
    public static bool TryRead(IReadOnlyList<LoadBalancerPort>? ports, out ImmutableArray<PortRange> ranges, out string error)
    {
        ranges = [];
        error = "";
        var read = new List<PortRange>();
        for (int i = 0; i < (ports?.Count ?? 0); i++)
        {
            LoadBalancerPort port = ports![i];
            int end = port.EndPort ?? port.Port;
            if (ProtocolOf(port.Protocol) is not { } protocol)
            {
                error = $"spec.ports[{i}].protocol: \"{port.Protocol}\" is not TCP, UDP or SCTP";
                return false;
            }

            if (port.Port is < 1 or > ushort.MaxValue || end < port.Port || end > ushort.MaxValue)
            {
                error = $"spec.ports[{i}]: {port.Port} to {end} is not a range within 1 to 65535";
                return false;
            }

            read.Add(new PortRange { From = (ushort)port.Port, To = (ushort)end, Proto = protocol });
        }

        ranges = Merge(read);
        return true;
    }

    private static ImmutableArray<PortRange> Merge(List<PortRange> ranges)
    {
        ranges.Sort((a, b) => a.Proto != b.Proto ? a.Proto.CompareTo(b.Proto) : a.From.CompareTo(b.From));
        ImmutableArray<PortRange>.Builder merged = ImmutableArray.CreateBuilder<PortRange>(ranges.Count);
        foreach (PortRange range in ranges)
        {
            if (merged.Count > 0 && merged[^1].Proto == range.Proto && range.From <= merged[^1].To + 1)
            {
                PortRange last = merged[^1];
                last.To = Math.Max(last.To, range.To);
                merged[^1] = last;
            }
            else
            {
                merged.Add(range);
            }
        }

        return merged.ToImmutable();
    }

    private static byte? ProtocolOf(string? protocol) => protocol switch
    {
        null or "TCP" => Tcp,
        "UDP" => Udp,
        "SCTP" => Sctp,
        _ => null,
    };
}
