using System.Collections.Immutable;
using System.Net;
using Lodestone.Agent.Health;
using Lodestone.Api.Meta;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Desired;

/// <summary>What this machine's data path is to hold. Immutable; everything is sorted, so equal worlds give equal states.</summary>
public sealed record DesiredState
{
    /// <summary>
    /// Every VIP of a public load balancer, which on a gateway have a ring and are served; then Internal ones for each network that has an
    /// interface here and reaches them. By network and address.
    /// </summary>
    public ImmutableArray<VipModel> Vips { get; init; } = [];

    /// <summary>Load balancers whose VIPs this machine is to serve, also those that cannot be served; by UID.</summary>
    public ImmutableArray<LoadBalancerModel> LoadBalancers { get; init; } = [];

    /// <summary>Targets of VIPs that this machine serves, by identity.</summary>
    public ImmutableArray<RealModel> Reals { get; init; } = [];

    /// <summary>The addresses that reals are reached by.</summary>
    public ImmutableHashSet<IPAddress> NextHops { get; init; } = [];

    /// <summary>
    /// The network interface that has an address, for each network with one here; under <see cref="RouteKey.AnyNetwork"/>, with null, the
    /// addresses of all networks.
    /// </summary>
    public ImmutableSortedDictionary<RouteKey, RealModel?> Routes { get; init; } = EmptyRoutes;

    /// <summary>This machine's network interfaces, oldest first, also those that are not bound.</summary>
    public ImmutableArray<NicModel> Nics { get; init; } = [];

    /// <summary>Where decapsulated packets go, by underlay address.</summary>
    public ImmutableSortedDictionary<DatapathAddress, UnderlayNic> Underlay { get; init; } = EmptyUnderlay;

    /// <summary>What this machine's network interfaces may use as source address.</summary>
    public ImmutableSortedDictionary<NicSourceKey, NicSource> NicSources { get; init; } = EmptyNicSources;

    /// <summary>At devices of network interfaces whose workloads can't own a VIP: the own address that takes the place of a VIP, and of itself.</summary>
    public ImmutableSortedDictionary<NicSourceKey, DatapathAddress> Translations { get; init; } = EmptyTranslations;

    /// <summary>The same NICs by this machine's addresses and their number, for Geneve.</summary>
    public ImmutableSortedDictionary<GeneveKey, UnderlayNic> GeneveNics { get; init; } = EmptyGeneveNics;

    /// <summary>Addresses of all hosts: who may encapsulate to this machine. Null: anybody.</summary>
    public ImmutableSortedDictionary<DatapathAddress, uint>? UnderlaySources { get; init; }

    /// <summary>Network interfaces of this machine that it checks, as targets of load balancers.</summary>
    public ImmutableArray<HealthTarget> HealthTargets { get; init; } = [];

    /// <summary>Why objects are not, or not wholly, in the data path; sorted.</summary>
    public ImmutableArray<Problem> Problems { get; init; } = [];

    /// <summary>Load balancers whose routing's slices are not all there, and since when. They serve what they did before.</summary>
    public ImmutableDictionary<ObjectKey, DateTimeOffset> Incomplete { get; init; } = ImmutableDictionary<ObjectKey, DateTimeOffset>.Empty;

    /// <summary>When the state changes by time alone: a window or a drain ends. Null: never.</summary>
    public DateTimeOffset? ChangesAt { get; init; }

    /// <summary>What the next state may take over.</summary>
    internal PlanMemo? Memo { get; init; }

    internal static ImmutableSortedDictionary<DatapathAddress, UnderlayNic> EmptyUnderlay { get; } =
        ImmutableSortedDictionary.Create<DatapathAddress, UnderlayNic>(LayoutOrder.Instance);

    internal static ImmutableSortedDictionary<NicSourceKey, NicSource> EmptyNicSources { get; } =
        ImmutableSortedDictionary.Create<NicSourceKey, NicSource>(LayoutOrder.Instance);

    internal static ImmutableSortedDictionary<NicSourceKey, DatapathAddress> EmptyTranslations { get; } =
        ImmutableSortedDictionary.Create<NicSourceKey, DatapathAddress>(LayoutOrder.Instance);

    internal static ImmutableSortedDictionary<RouteKey, RealModel?> EmptyRoutes { get; } =
        ImmutableSortedDictionary.Create<RouteKey, RealModel?>(LayoutOrder.Instance);

    internal static ImmutableSortedDictionary<GeneveKey, UnderlayNic> EmptyGeneveNics { get; } =
        ImmutableSortedDictionary.Create<GeneveKey, UnderlayNic>(LayoutOrder.Instance);

    internal static ImmutableSortedDictionary<DatapathAddress, uint> EmptyUnderlaySources { get; } =
        ImmutableSortedDictionary.Create<DatapathAddress, uint>(LayoutOrder.Instance);

    /// <summary>The state of a machine that has nothing to do.</summary>
    /// <remarks>Made after what it is made of: initializers run in this order.</remarks>
    public static DesiredState Empty { get; } = new();

    /// <summary>
    /// The state that follows from a snapshot. Pure: it reads nothing else and never throws for what an object says. Parts that are as they
    /// were are the same instances as in the last state.
    /// </summary>
    /// <param name="world">The snapshot.</param>
    /// <param name="previous">The last state: what an object that cannot be read keeps serving, and rings that need not be built again.</param>
    /// <param name="now">The time windows and deadlines are compared with.</param>
    public static DesiredState Compute(WorldSnapshot world, DesiredState? previous, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(world);
        return new DesiredStateBuilder(world, previous ?? Empty, now).Build();
    }
}
