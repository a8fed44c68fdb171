using Lodestone.Api.Networking;

namespace Lodestone.Controllers.Routing;

/// <summary>What a routing is to say about its targets.</summary>
/// <param name="Destinations">Who takes new flows; sorted.</param>
/// <param name="Generation">Counts changes of the destinations.</param>
/// <param name="History">Changes still in their window, oldest first.</param>
/// <param name="Draining">Who left but lives; sorted.</param>
/// <param name="NextDeadline">When time alone changes the plan; null: never.</param>
/// <param name="Policy">What a LoadBalancerPolicy makes gateways do; null: there is none.</param>
internal sealed record RoutingPlan(
    IReadOnlyList<LoadBalancerDestination> Destinations,
    long Generation,
    IReadOnlyList<RingChange> History,
    IReadOnlyList<LoadBalancerDraining> Draining,
    DateTimeOffset? NextDeadline,
    RoutingPolicy? Policy = null);
