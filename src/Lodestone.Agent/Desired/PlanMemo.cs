using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Desired;

/// <summary>What a state was computed from, by what may change. It belongs to one state; whoever computes the next from that takes it along and changes it.</summary>
/// <remarks>
/// Nothing is lost with it but time: without one, everything is computed. So a computation that fails leaves none behind, and neither does a
/// second one from the same state find one.
/// </remarks>
internal sealed class PlanMemo(PlanWorld world)
{
    private DesiredState? _state;

    /// <summary>What the state was computed from.</summary>
    public PlanWorld World { get; set; } = world;

    /// <summary>When.</summary>
    public DateTimeOffset At { get; set; }

    /// <summary>Names of the gateways that are ready.</summary>
    public string[] Gateways { get; set; } = [];

    /// <summary>Load balancers that are reached from here.</summary>
    public Dictionary<ObjectKey, LoadBalancerPart> LoadBalancers { get; } = [];

    /// <summary>Those of them that have to be looked at every time.</summary>
    public HashSet<ObjectKey> Impure { get; } = [];

    /// <summary>Those that are others at a time.</summary>
    public SortedDictionary<DateTimeOffset, HashSet<ObjectKey>> Due { get; } = [];

    /// <summary>VIPs.</summary>
    public Dictionary<VipKey, VipModel> Vips { get; } = [];

    /// <summary>VIPs that have a target on this machine, in order.</summary>
    public SortedDictionary<VipKey, VipModel> LocalVips { get; } = new(LayoutOrder.Instance);

    /// <summary>Targets.</summary>
    public RealSet Reals { get; } = new();

    /// <summary>Problems.</summary>
    public ProblemSet Problems { get; } = new();

    /// <summary>Network interfaces.</summary>
    public InterfaceIndex Interfaces { get; } = new(world.NetworkInterfaces);

    /// <summary>How targets are found.</summary>
    public RealResolver? Resolver { get; set; }

    /// <summary>Network interfaces that are placed on this machine.</summary>
    public Dictionary<ObjectKey, NetworkInterface> OwnInterfaces { get; } = [];

    /// <summary>The addresses that these want.</summary>
    public HashSet<(ObjectKey Network, DatapathAddress Address)> OwnAddresses { get; set; } = [];

    /// <summary>Those that are bound, as targets.</summary>
    public Dictionary<ulong, NicModel> OwnTargets { get; set; } = [];

    /// <summary>Which of these a load balancer selects, where it does any.</summary>
    public Dictionary<ObjectKey, HashSet<ulong>> Selected { get; } = [];

    /// <summary>Who has which address; null while no network interface is placed here.</summary>
    public NetworkAddresses? Addresses { get; set; }

    /// <summary>The networks here.</summary>
    public OverlayNetworks? Networks { get; set; }

    /// <summary>Devices at which addresses are translated.</summary>
    public HashSet<uint> Translating { get; set; } = [];

    /// <summary>Says which state it belongs to.</summary>
    public void BelongTo(DesiredState state) => Volatile.Write(ref _state, state);

    /// <summary>The memo of this very state; null where it has none, or it was taken.</summary>
    public static PlanMemo? Take(DesiredState state) =>
        state.Memo is { } memo && Interlocked.CompareExchange(ref memo._state, null, state) == state ? memo : null;
}
