namespace Lodestone.Api.Networking;

/// <summary>What a flow's slot of the ring comes from.</summary>
public sealed class RoutingKey
{
    /// <summary>The whole flow.</summary>
    public const string Flow = "Flow";

    /// <summary>The client's address, or a prefix of it.</summary>
    public const string Client = "Client";

    /// <summary>The client's address and the protocol.</summary>
    public const string AddressPair = "AddressPair";

    /// <summary><c>Flow</c>, <c>Client</c> or <c>AddressPair</c>.</summary>
    public string By { get; set; } = Flow;
    /// <summary>With <c>Client</c>: leading bits of an IPv4 address that count; absent: all.</summary>
    public int? Ipv4PrefixLength { get; set; }
    /// <summary>With <c>Client</c>: leading bits of an IPv6 address that count; absent: all.</summary>
    public int? Ipv6PrefixLength { get; set; }

    /// <summary>Whether two are the same; none is <c>Flow</c>.</summary>
    public static bool Same(RoutingKey? a, RoutingKey? b) =>
        (a?.By ?? Flow) == (b?.By ?? Flow) && a?.Ipv4PrefixLength == b?.Ipv4PrefixLength && a?.Ipv6PrefixLength == b?.Ipv6PrefixLength;
}
