namespace Lodestone.Api.Networking;

/// <summary>One change of a routing's destinations that is still in its learning window.</summary>
public sealed class RingChange
{
    /// <summary>The ring generation the change led to.</summary>
    public long Generation { get; set; }

    /// <summary>When the change was made and its window began, which tells a gateway that it hears of it late; absent: nobody says.</summary>
    public DateTimeOffset? Since { get; set; }

    /// <summary>When the window ends.</summary>
    public DateTimeOffset Until { get; set; }

    /// <summary>When the window ends for UDP, which has no packet that opens a flow; absent: as for the others.</summary>
    public DateTimeOffset? UdpUntil { get; set; }
    /// <summary>Targets that came.</summary>
    public List<RingMember>? Added { get; set; }
    /// <summary>Targets that left.</summary>
    public List<RingMember>? Removed { get; set; }
    /// <summary>What slots went by before, where that changed.</summary>
    public RoutingKey? KeyBefore { get; set; }
}
