using Lodestone.Api.Resources;

namespace Lodestone.ApiServer.Registry.Secret;

/// <summary>Secrets are found by their type.</summary>
internal sealed class SecretStrategy() : ObjectStrategy(ResourceDefinitions.Secret)
{
    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> SelectableFields { get; } = new Dictionary<string, string> { ["type"] = "type" };
}
