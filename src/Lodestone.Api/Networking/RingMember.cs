namespace Lodestone.Api.Networking;

/// <summary>A target as a member of a ring: one address of one network interface.</summary>
public sealed class RingMember
{
    /// <summary>UID of the network interface; absent for a plain address.</summary>
    public string? Uid { get; set; }
    /// <summary>The target's address.</summary>
    public string Ip { get; set; } = "";
    /// <summary>Its weight; absent: 100. A target whose weight changes left with the one and joined with the other.</summary>
    public int? Weight { get; set; }
}
