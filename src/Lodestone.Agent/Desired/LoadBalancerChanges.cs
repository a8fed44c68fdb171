using Lodestone.Api.Meta;

namespace Lodestone.Agent.Desired;

/// <summary>What has become of load balancers.</summary>
/// <param name="Dropped">Those that were taken away, be it to be made anew.</param>
/// <param name="Made">Those that were made.</param>
/// <param name="Models">What is reported of either as served, by UID; null: nothing any longer.</param>
/// <param name="Vips">The VIPs that are others.</param>
internal sealed record LoadBalancerChanges(
    IReadOnlyList<ObjectKey> Dropped,
    IReadOnlyList<LoadBalancerPart> Made,
    IReadOnlyDictionary<string, LoadBalancerModel?> Models,
    IReadOnlyList<VipChange> Vips);
