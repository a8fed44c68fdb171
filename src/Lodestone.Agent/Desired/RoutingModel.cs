using System.Collections.Immutable;
using Lodestone.Agent.Apply;
using Lodestone.Api.Platform;
using Lodestone.Datapath.Ring;

namespace Lodestone.Agent.Desired;

/// <summary>What a LoadBalancerRouting says, read and checked. Immutable.</summary>
/// <param name="Version">UID and resourceVersion of the object: equal versions say the same.</param>
/// <param name="IPv4">Targets of the IPv4 ring.</param>
/// <param name="IPv6">Targets of the IPv6 ring.</param>
/// <param name="Targets">Every target of either ring, and those that drain or are unhealthy.</param>
public sealed record RoutingModel(string Version, RingHistory IPv4, RingHistory IPv6, ImmutableDictionary<ulong, TargetModel> Targets)
{
    /// <summary>The object's <c>ringGeneration</c>. Null: it has none.</summary>
    public long? RingGeneration { get; init; }

    /// <summary>Until when unknown UDP flows are taken for older ones than the last change. Null: there is no change to remember.</summary>
    public DateTimeOffset? UdpUntil { get; init; }

    /// <summary>How long a window of this gateway's own is, for a change that it heard of late.</summary>
    public TimeSpan LateWindow { get; init; } = LateWindows.Length;

    /// <summary>Whether later fragments need no record of their first.</summary>
    public bool AnyFragment { get; init; }

    /// <summary>How QUIC packets find their server; null: by the ring.</summary>
    public QuicModel? Quic { get; init; }

    /// <summary>How packets are wrapped for its targets on other machines.</summary>
    public Encapsulation Encapsulation { get; init; }

    /// <summary>How its addresses are announced, one of <see cref="Lodestone.Api.Platform.AnnouncementModes"/>.</summary>
    public string Announcement { get; init; } = Lodestone.Api.Platform.AnnouncementModes.Auto;

    /// <summary>Whether pings are dropped.</summary>
    public bool DropsPings { get; init; }

    /// <summary>Whether packets reach targets with the target's own address as destination.</summary>
    public bool Translates { get; init; }

    /// <summary>Whether some targets are machines themselves.</summary>
    public bool HasMachines { get; init; }

    /// <summary>How the hosts of targets find out whether they work; null: nobody does.</summary>
    public HealthCheck? HealthCheck { get; init; }

    /// <summary>Network interfaces that are to be checked over IPv4: destinations, and those left out for what checks find. Without a check none.</summary>
    public ImmutableArray<ulong> CheckedIPv4 { get; init; } = [];

    /// <summary>The same over IPv6.</summary>
    public ImmutableArray<ulong> CheckedIPv6 { get; init; } = [];

    /// <summary>No targets: what a VIP without a routing has.</summary>
    public static RoutingModel Empty { get; } =
        new("", new RingHistory([]), new RingHistory([]), ImmutableDictionary<ulong, TargetModel>.Empty);
}
