using Lodestone.Api.Meta;

namespace Lodestone.Api.Networking;

/// <summary>Template of an ephemeral VirtualIP.</summary>
public sealed class VirtualIpTemplate
{
    /// <summary>Labels and annotations only.</summary>
    public ObjectMeta? Metadata { get; set; }
    /// <summary>What the VirtualIP is to be.</summary>
    public VirtualIpTemplateSpec? Spec { get; set; }
}
