using Lodestone.Api.Meta;

namespace Lodestone.Api.Ipam;

/// <summary>Template of an ephemeral Prefix.</summary>
public sealed class PrefixTemplate
{
    /// <summary>Labels and annotations only.</summary>
    public ObjectMeta? Metadata { get; set; }
    /// <summary>What the Prefix is to be.</summary>
    public PrefixSpec? Spec { get; set; }
}
