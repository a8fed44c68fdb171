namespace Lodestone.Api.Networking;

/// <summary>A VirtualIP that is made for an interface.</summary>
public sealed class EphemeralVirtualIpSource
{
    /// <summary>What the VirtualIP is made from.</summary>
    public VirtualIpTemplate? VirtualIPTemplate { get; set; }
}
