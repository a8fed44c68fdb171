namespace Lodestone.Api.Platform;

/// <summary>Values of <see cref="LoadBalancerPolicySpec.Announcement"/>.</summary>
public static class AnnouncementModes
{
    /// <summary>By BGP at gateways that a <see cref="BGPPeer"/> selects, else on the segment.</summary>
    public const string Auto = "Auto";

    /// <summary>On the segment: one gateway answers ARP and NDP.</summary>
    public const string Layer2 = "Layer2";

    /// <summary>By BGP only, at every gateway that has peers.</summary>
    public const string Bgp = "BGP";

    /// <summary>On the segment and by BGP.</summary>
    public const string Both = "Both";

    internal static string[] All { get; } = [Auto, Bgp, Both, Layer2];
}
