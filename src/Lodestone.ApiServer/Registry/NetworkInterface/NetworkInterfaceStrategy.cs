using Lodestone.Api.Resources;

namespace Lodestone.ApiServer.Registry.NetworkInterface;

/// <summary>Network interfaces are found by their network and their state.</summary>
internal sealed class NetworkInterfaceStrategy() : ObjectStrategy(ResourceDefinitions.NetworkInterface)
{
    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> SelectableFields { get; } = new Dictionary<string, string>
    {
        ["spec.networkRef.name"] = "spec.networkRef.name",
        ["status.state"] = "status.state",
    };
}
