using Lodestone.Api.Meta;
using Lodestone.Api.Networking;

namespace Lodestone.Agent.Desired;

/// <summary>What one load balancer adds to a state.</summary>
internal sealed class LoadBalancerPart(LoadBalancer loadBalancer)
{
    public const string InternalType = "Internal";

    /// <summary>The load balancer.</summary>
    public LoadBalancer LoadBalancer => loadBalancer;

    /// <summary>Whether its addresses are a network's, not public ones.</summary>
    public bool IsInternal => loadBalancer.Spec.Type == InternalType;

    /// <summary>When it is another although nothing else changes. Null: never.</summary>
    public DateTimeOffset? ChangesAt { get; private set; }

    /// <summary>It follows from load balancer, routing, the networks here and whether this machine is elected, and nothing else: not from other load balancers, slices or addresses.</summary>
    public bool IsPure { get; set; } = true;

    /// <summary>Since when slices of its routing are not all there; null: they are.</summary>
    public DateTimeOffset? IncompleteSince { get; set; }

    /// <summary>The gateway that was elected to announce it; null: it was not asked.</summary>
    public string? Announcer { get; set; }

    /// <summary>What is reported of it as served; null: nothing.</summary>
    public LoadBalancerModel? Model { get; set; }

    /// <summary>Its VIPs.</summary>
    public List<VipModel> Vips { get; } = [];

    /// <summary>What is said of it.</summary>
    public List<Problem> Problems { get; } = [];

    /// <summary>The network that a load balancer is of.</summary>
    public static ObjectKey NetworkKeyOf(LoadBalancer lb) => new(lb.Metadata.Namespace ?? "", lb.Spec.NetworkRef?.Name ?? "");

    /// <summary>Says something of it. Where that follows from more than a pure one follows from, it is none.</summary>
    public void Report(string reason, string message)
    {
        Problems.Add(new Problem("LoadBalancer", loadBalancer.Key, reason, message));
        IsPure &= reason is Reasons.NoAddress or Reasons.NoTargets or Reasons.RoutingMissing or Reasons.RoutingForeign or Reasons.Deleting
            or Reasons.NotTranslated or Reasons.HealthCheckWithoutPort;
    }

    /// <summary>Has it looked at again at a time, the first of all that are given. Null: never.</summary>
    public void LookAgainAt(DateTimeOffset? time)
    {
        if (time is not null && (ChangesAt is null || time < ChangesAt))
        {
            ChangesAt = time;
        }
    }
}
