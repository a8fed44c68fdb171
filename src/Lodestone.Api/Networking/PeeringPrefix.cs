using Lodestone.Api.Meta;

namespace Lodestone.Api.Networking;

/// <summary>A prefix shared through a peering.</summary>
public sealed class PeeringPrefix
{
    /// <summary>Name of the entry.</summary>
    public string Name { get; set; } = "";
    /// <summary>The prefix in CIDR form.</summary>
    public string? Prefix { get; set; }
    /// <summary>A Prefix object that holds it.</summary>
    public LocalObjectReference? PrefixRef { get; set; }
}
