using Lodestone.Api.Networking;
using Lodestone.Api.Platform;

namespace Lodestone.Controllers.Policies;

/// <summary>What a LoadBalancerPolicy makes of a routing. Pure.</summary>
internal static class PolicyEffects
{
    /// <summary>The weight of a network interface: of the first entry that selects it.</summary>
    internal static int WeightOf(LoadBalancerPolicy? policy, NetworkInterface nic) =>
        policy?.Spec.Weights?.Find(w => w.Selector?.Matches(nic.Metadata.Labels) == true)?.Weight ?? LoadBalancerPolicySpec.DefaultWeight;

    /// <summary>What gateways are told; null without a policy.</summary>
    internal static RoutingPolicy? Publish(LoadBalancerPolicy? policy) => policy is null ? null : new RoutingPolicy
    {
        Name = policy.Metadata.Name ?? "",
        Uid = policy.Metadata.Uid ?? "",
        Generation = policy.Metadata.Generation ?? 0,
        Key = KeyOf(policy.Spec),
        Quic = QuicOf(policy.Spec.Quic),
        HealthCheck = policy.Spec.HealthCheck,
        Fragments = policy.Spec.Fragments == FragmentModes.AddressPair ? policy.Spec.Fragments : null,
        Echo = policy.Spec.Echo == "Drop" ? policy.Spec.Echo : null,
        Announcement = policy.Spec.Announcement is null or AnnouncementModes.Auto ? null : policy.Spec.Announcement,
        Delivery = policy.Spec.Delivery == "Translate" ? policy.Spec.Delivery : null,
        Encapsulation = policy.Spec.Encapsulation is null or EncapsulationModes.Auto ? null : policy.Spec.Encapsulation,
        TransitionSeconds = policy.Spec.TransitionSeconds,
    };

    /// <summary>How long a change of targets is remembered.</summary>
    internal static TimeSpan WindowOf(LoadBalancerPolicy? policy, ControllerOptions options) =>
        policy?.Spec.TransitionSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : options.LearningWindow;

    /// <summary>How long unknown UDP flows, and clients, are taken for older ones than a change.</summary>
    internal static TimeSpan UdpWindowOf(LoadBalancerPolicy? policy, ControllerOptions options) =>
        policy?.Spec.Udp == "PreferNew" ? TimeSpan.Zero : options.UdpLearningWindow;

    /// <summary>How long a target that left keeps its flows.</summary>
    internal static TimeSpan DrainOf(LoadBalancerPolicy? policy, ControllerOptions options) =>
        policy?.Spec.DrainSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : options.DrainTime;

    /// <summary>How long a target that was found unhealthy keeps its flows.</summary>
    internal static TimeSpan UnhealthyDrainOf(LoadBalancerPolicy? policy, ControllerOptions options) =>
        policy?.Spec.HealthCheck?.EstablishedFlows == HealthCheck.Keep ? DrainOf(policy, options) : TimeSpan.Zero;

    /// <summary>How long a target that joins takes to have its weight; zero: none.</summary>
    internal static TimeSpan SlowStartOf(LoadBalancerPolicy? policy) => TimeSpan.FromSeconds(policy?.Spec.SlowStartSeconds ?? 0);

    private static RoutingQuic? QuicOf(QuicRouting? quic) => quic is null ? null : new RoutingQuic
    {
        ConfigID = quic.ConfigID ?? 0,
        ServerIDLength = quic.ServerIDLength ?? QuicRouting.DefaultServerIDLength,
        Ports = quic.Ports is { Count: > 0 } ports ? [.. ports.Distinct().Order()] : null,
    };

    private static RoutingKey? KeyOf(LoadBalancerPolicySpec spec) => spec.SessionAffinity switch
    {
        SessionAffinities.SourceAddress => new RoutingKey { By = RoutingKey.Client },
        SessionAffinities.SourcePrefix => new RoutingKey
        {
            By = RoutingKey.Client,
            Ipv4PrefixLength = spec.Ipv4PrefixLength ?? LoadBalancerPolicySpec.DefaultIPv4PrefixLength,
            Ipv6PrefixLength = spec.Ipv6PrefixLength ?? LoadBalancerPolicySpec.DefaultIPv6PrefixLength,
        },
        _ => spec.Fragments == FragmentModes.AddressPair ? new RoutingKey { By = RoutingKey.AddressPair } : null,
    };
}
