using System.Net;

namespace Lodestone.Cli.Lab;

/// <summary>A machine that runs an agent; its uplink is <see cref="LabNode.Device"/>.</summary>
internal sealed class LabHost : LabNode
{
    /// <summary>The /64 that the underlay addresses of its NICs are derived from; nobody routes it, next hops are the host's own address.</summary>
    public required IPNetwork UnderlayPrefix { get; init; }
}
