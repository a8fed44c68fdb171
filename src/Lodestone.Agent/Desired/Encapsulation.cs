namespace Lodestone.Agent.Desired;

/// <summary>How packets for a target on another machine are wrapped.</summary>
public enum Encapsulation
{
    /// <summary>
    /// What both ends have: to a network interface directly in IPv6, or in Geneve over IPv4 where either machine has no IPv6 on the
    /// underlay; to a plain address directly in IP of its family, but to a Host's IPv4 address in Geneve.
    /// </summary>
    Auto,

    /// <summary>Directly in IPv6 (RFC 2473). For network interfaces; others as <see cref="Auto"/>.</summary>
    IPv6,

    /// <summary>In Geneve (RFC 8926), over IPv6 where both machines have it, else over IPv4. For network interfaces, and for the addresses of Hosts; others as <see cref="Auto"/>.</summary>
    Geneve,

    /// <summary>Directly in IP of the address' family (RFC 2003, 2473, 4213). For plain addresses; network interfaces as <see cref="Auto"/>.</summary>
    Ipip,

    /// <summary>In UDP (GUE, variant 1). For plain addresses; network interfaces as <see cref="Auto"/>.</summary>
    Gue,
}
