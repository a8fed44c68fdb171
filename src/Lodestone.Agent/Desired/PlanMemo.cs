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

    /// <summary>Network interfaces.</summary>
    public InterfaceIndex Interfaces { get; } = new(world.NetworkInterfaces);

    /// <summary>Those that are placed on this machine.</summary>
    public OwnInterfaces OwnInterfaces { get; } = new();

    /// <summary>Load balancers that are reached from here.</summary>
    public LoadBalancerSet LoadBalancers { get; } = new();

    /// <summary>Their VIPs.</summary>
    public VipSet Vips { get; } = new();

    /// <summary>Those of them that have a target on this machine, or select one.</summary>
    public LocalVips LocalVips { get; } = new();

    /// <summary>Targets.</summary>
    public RealSet Reals { get; } = new();

    /// <summary>The ways to them; null where it belonged to no state yet.</summary>
    public Ways? Ways { get; set; }

    /// <summary>Problems.</summary>
    public ProblemSet Problems { get; } = new();

    /// <summary>Says which state it belongs to.</summary>
    public void BelongTo(DesiredState state) => Volatile.Write(ref _state, state);

    /// <summary>The memo of this very state; null where it has none, or it was taken.</summary>
    public static PlanMemo? Take(DesiredState state) =>
        state.Memo is { } memo && Interlocked.CompareExchange(ref memo._state, null, state) == state ? memo : null;
}
