using System.Net;

using Lodestone.Linux;
using Lodestone.Linux.Namespaces;

namespace Lodestone.Cli.Lab;

/// <summary>A machine of the lab: a namespace with one device, <c>eth0</c>. Belongs to the lab.</summary>
internal class LabNode
{
    /// <summary>Name of the device that faces the others.</summary>
    public const string Device = "eth0";

    /// <summary>Short name, as in <c>client</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The namespace; its name begins with the lab's.</summary>
    public required NetworkNamespace Namespace { get; init; }

    /// <summary>Index of <see cref="Device"/>.</summary>
    public required int DeviceIndex { get; init; }

    /// <summary>Ethernet address of <see cref="Device"/>.</summary>
    public required MacAddress LinkAddress { get; init; }

    /// <summary>Its IPv4 address.</summary>
    public required IPAddress Ipv4 { get; init; }

    /// <summary>Its IPv6 address.</summary>
    public required IPAddress Ipv6 { get; init; }
}
