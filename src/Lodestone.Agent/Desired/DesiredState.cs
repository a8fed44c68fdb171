using System.Collections.Immutable;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Desired;

/// <summary>What this machine's data path is to hold. Immutable; everything is sorted, so equal worlds give equal states.</summary>
public sealed record DesiredState
{
    /// <summary>The state of a machine that has nothing to do.</summary>
    public static DesiredState Empty { get; } = new();

    /// <summary>Every VIP of a public load balancer, by address. On a gateway they have a ring and are served.</summary>
    public ImmutableArray<VipModel> Vips { get; init; } = [];

    /// <summary>Load balancers whose VIPs this gateway is to serve, also those that cannot be served; oldest first. Empty on other machines.</summary>
    public ImmutableArray<LoadBalancerModel> LoadBalancers { get; init; } = [];

    /// <summary>Targets of VIPs that this gateway serves, by identity. Empty on other machines.</summary>
    public ImmutableArray<RealModel> Reals { get; init; } = [];

    /// <summary>This machine's network interfaces, oldest first, also those that are not bound.</summary>
    public ImmutableArray<NicModel> Nics { get; init; } = [];

    /// <summary>Where decapsulated packets go, by underlay address.</summary>
    public ImmutableSortedDictionary<DatapathAddress, UnderlayNic> Underlay { get; init; } = EmptyUnderlay;

    /// <summary>What this machine's network interfaces may use as source address.</summary>
    public ImmutableSortedDictionary<NicSourceKey, NicSource> NicSources { get; init; } = EmptyNicSources;

    /// <summary>Why objects are not, or not wholly, in the data path; sorted.</summary>
    public ImmutableArray<Problem> Problems { get; init; } = [];

    /// <summary>When the state changes by time alone: a window or a drain ends. Null: never.</summary>
    public DateTimeOffset? ChangesAt { get; init; }

    internal static ImmutableSortedDictionary<DatapathAddress, UnderlayNic> EmptyUnderlay { get; } =
        ImmutableSortedDictionary.Create<DatapathAddress, UnderlayNic>(LayoutOrder.Instance);

    internal static ImmutableSortedDictionary<NicSourceKey, NicSource> EmptyNicSources { get; } =
        ImmutableSortedDictionary.Create<NicSourceKey, NicSource>(LayoutOrder.Instance);

    /// <summary>The state that follows from a snapshot. Pure: it reads nothing else and never throws for what an object says.</summary>
    /// <param name="world">The snapshot.</param>
    /// <param name="previous">The last state: what an object that cannot be read keeps serving, and rings that need not be built again.</param>
    /// <param name="now">The time windows and deadlines are compared with.</param>
    public static DesiredState Compute(WorldSnapshot world, DesiredState? previous, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(world);
        return new DesiredStateBuilder(world, previous ?? Empty, now).Build();
    }
}
