using Lodestone.Api.Meta;

namespace Lodestone.ApiServer.Registry;

/// <summary>What a deletion asks for.</summary>
internal sealed record DeleteOptions
{
    /// <summary>The UID the object must have, or null.</summary>
    public string? Uid { get; init; }

    /// <summary>The resourceVersion the object must have, or null.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Background, Foreground or Orphan; null leaves the object's finalizers as they are.</summary>
    public string? PropagationPolicy { get; init; }

    /// <summary>Refuses the deletion by throwing; gets the object as it is.</summary>
    public Action<KubernetesObject>? Admit { get; init; }

    /// <summary>Do everything but store.</summary>
    public bool IsDryRun { get; init; }
}
