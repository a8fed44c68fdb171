using Lodestone.Api.Meta;

namespace Lodestone.Api.Platform;

/// <summary>The weight of the network interfaces that a selector selects.</summary>
public sealed class TargetWeight
{
    /// <summary>Selects them among the load balancer's; an empty one selects all.</summary>
    public LabelSelector? Selector { get; set; }
    /// <summary>Their share of new flows relative to the others', 0 to 255. 0: they take none and keep those they have.</summary>
    public int? Weight { get; set; }
}
