namespace Lodestone.Agent.Desired;

/// <summary>How a machine tells others of a VIP.</summary>
[Flags]
public enum VipAnnouncement
{
    /// <summary>It does not.</summary>
    None = 0,

    /// <summary>On its segment, unasked.</summary>
    Layer2 = 1 << 0,

    /// <summary>By BGP to its routers.</summary>
    Bgp = 1 << 1,
}
