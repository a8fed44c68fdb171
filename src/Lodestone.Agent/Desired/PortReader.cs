using Lodestone.Api.Networking;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;

namespace Lodestone.Agent.Desired;

/// <summary>Reads the port rules of a load balancer.</summary>
internal static class PortReader
{
    private const byte Tcp = 6;
    private const byte Udp = 17;
    private const byte Sctp = 132;

    /// <summary>Reads the rules; false, with the first error, where one cannot be read.</summary>
    public static bool TryRead(IReadOnlyList<LoadBalancerPort>? ports, out PortRules rules, out string error)
    {
        rules = PortRules.Create([]);
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

        rules = PortRules.Create(read);
        return true;
    }

    private static byte? ProtocolOf(string? protocol) => protocol switch
    {
        null or "TCP" => Tcp,
        "UDP" => Udp,
        "SCTP" => Sctp,
        _ => null,
    };
}
