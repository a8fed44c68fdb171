using Lodestone.Api.Meta;

namespace Lodestone.Api.Networking;

/// <summary>Where a virtual IP comes from: exactly one of the members is set.</summary>
public sealed class VirtualIpSource
{
    /// <summary>An existing VirtualIP.</summary>
    public LocalObjectReference? VirtualIPRef { get; set; }
    /// <summary>A VirtualIP made for the interface.</summary>
    public EphemeralVirtualIpSource? Ephemeral { get; set; }
}
