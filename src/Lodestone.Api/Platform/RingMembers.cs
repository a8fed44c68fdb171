using Lodestone.Api.Networking;

namespace Lodestone.Api.Platform;

/// <summary>Who of a slice's targets came and left with one change of the routing's destinations.</summary>
public sealed class RingMembers
{
    /// <summary>The ring generation the change led to; the routing tells its times.</summary>
    public long Generation { get; set; }
    /// <summary>Targets that came.</summary>
    public List<RingMember>? Added { get; set; }
    /// <summary>Targets that left.</summary>
    public List<RingMember>? Removed { get; set; }
}
