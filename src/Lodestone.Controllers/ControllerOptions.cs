using Lodestone.Client.Controllers;
using Lodestone.Client.Informers;
using Lodestone.Client.Leases;

namespace Lodestone.Controllers;

/// <summary>Policy of the controllers.</summary>
public sealed record ControllerOptions
{
    /// <summary>Names this process in leases and events.</summary>
    public string Identity { get; init; } = LeaseOptions.NewIdentity();

    /// <summary>Whether a Lease decides which of several processes works. One process alone needs none.</summary>
    public bool LeaderElection { get; init; }

    /// <summary>How long the Lease is valid without being renewed: a successor of a leader that died waits so long. Whole seconds.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A leader that couldn't renew its Lease for so long stops, and sends no write any more. Below <see cref="LeaseDuration"/>.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time between two renewals of the Lease, or two attempts to take it.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Keys each controller works on at the same time.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>How long after a change of a routing's targets gateways still learn which flow belongs to whom.</summary>
    public TimeSpan LearningWindow { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// How long after a change of targets an unknown UDP flow is taken for one that is older than the change. UDP has no packet that
    /// opens a flow: within this time old flows are recognised by their packets, and new ones still go where old ones went.
    /// </summary>
    public TimeSpan UdpLearningWindow { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a target that left but lives keeps the flows it has.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// Estimated bytes of JSON from which on a routing is spread over slices. etcd takes requests of 1.5 MiB, our API server bodies of
    /// 3 MiB; what the estimate leaves out is well within the rest.
    /// </summary>
    public long RoutingBudgetBytes { get; init; } = 1_000_000;

    /// <summary>How long a slice that its routing no longer lists, or doesn't list yet, is left alone.</summary>
    public TimeSpan SliceGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an address rests between two holders, so that gateways have let go of it.</summary>
    public TimeSpan AddressQuarantine { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a Host may be without a valid Lease before its network interfaces take no new flows. They keep those they have.</summary>
    public TimeSpan HostGrace { get; init; } = TimeSpan.Zero;

    /// <summary>How long network interfaces may name a Host that doesn't exist before they leave the rings.</summary>
    public TimeSpan MissingHostGrace { get; init; } = TimeSpan.FromSeconds(40);

    /// <summary>
    /// The share of Hosts whose Leases must be valid, 0 to 1; below it the loss is more likely ours than theirs: then no rings are touched, and Leases that
    /// lapsed are waited for.
    /// </summary>
    public double MinLiveShare { get; init; } = 0.5;

    /// <summary>How much longer than their durations Leases are waited for when fewer than <see cref="MinLiveShare"/> are valid.</summary>
    public TimeSpan MassLossGrace { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a gateway may take to take up a change before it no longer counts as programmed.</summary>
    public TimeSpan GatewayPatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long two gateways may have different tables of the same generation before that is told.</summary>
    public TimeSpan TableSettling { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The lowest VNI given out.</summary>
    public int MinVni { get; init; } = 200;

    /// <summary>The highest VNI given out.</summary>
    public int MaxVni { get; init; } = 16_777_215;

    /// <summary>How the caches follow the API.</summary>
    public InformerOptions Informers { get; init; } = new();

    /// <summary>Called when the caches are filled and changes are acted on; with leader election, at the begin of each term.</summary>
    public Action? Synced { get; init; }

    /// <summary>Called when the controllers begin to do something else.</summary>
    public Action<ControllerPhase>? PhaseChanged { get; init; }

    /// <summary>What is put around each controller, for tests.</summary>
    internal Func<IReconciler, IReconciler>? Wrapper { get; init; }
}
