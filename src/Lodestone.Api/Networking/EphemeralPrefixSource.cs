using Lodestone.Api.Ipam;

namespace Lodestone.Api.Networking;

/// <summary>A Prefix that lives as long as the object that asks for it.</summary>
public sealed class EphemeralPrefixSource
{
    /// <summary>What the Prefix is made from.</summary>
    public PrefixTemplate? PrefixTemplate { get; set; }
}
