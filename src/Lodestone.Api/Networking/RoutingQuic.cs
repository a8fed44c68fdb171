namespace Lodestone.Api.Networking;

/// <summary>How QUIC packets find the server that chose their connection ID, as gateways need it.</summary>
public sealed class RoutingQuic
{
    /// <summary>The configuration in the top three bits of the ID's first octet, 0 to 6.</summary>
    public int ConfigID { get; set; }
    /// <summary>Bytes of the server ID behind that octet, 1 to 8: the last ones of a target's address (<see cref="QuicServerID"/>).</summary>
    public int ServerIDLength { get; set; }
    /// <summary>UDP ports that speak QUIC, ascending; absent: all.</summary>
    public List<int>? Ports { get; set; }

    /// <summary>Whether two are the same.</summary>
    public static bool Same(RoutingQuic? a, RoutingQuic? b) =>
        (a is null) == (b is null)
        && a?.ConfigID == b?.ConfigID
        && a?.ServerIDLength == b?.ServerIDLength
        && (a?.Ports ?? []).SequenceEqual(b?.Ports ?? []);
}
