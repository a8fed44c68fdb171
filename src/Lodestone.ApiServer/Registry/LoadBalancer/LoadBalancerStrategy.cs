using Lodestone.Api.Resources;

namespace Lodestone.ApiServer.Registry.LoadBalancer;

/// <summary>Load balancers are found by their network.</summary>
internal sealed class LoadBalancerStrategy() : ObjectStrategy(ResourceDefinitions.LoadBalancer)
{
    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> SelectableFields { get; } =
        new Dictionary<string, string> { ["spec.networkRef.name"] = "spec.networkRef.name" };
}
