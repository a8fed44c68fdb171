using Lodestone.Linux.Namespaces;

namespace Lodestone.Linux.Netlink;

/// <summary>One end of a veth pair to create.</summary>
/// <param name="Name">Device name, at most 15 bytes.</param>
/// <param name="Namespace">Where it appears; null for the namespace of the socket that creates it.</param>
public sealed record VethEnd(string Name, NetworkNamespace? Namespace = null)
{
    /// <summary>Largest packet without the Ethernet header, in bytes; null for the kernel's 1500.</summary>
    public int? Mtu { get; init; }

    /// <summary>Ethernet address; null for a random one.</summary>
    public MacAddress? Address { get; init; }
}
