using Lodestone.Api.Meta;

namespace Lodestone.Api.BuiltIn;

/// <summary>The identity of a program (core/v1).</summary>
public sealed class ServiceAccount : KubernetesObject
{
    /// <summary>Secrets that belong to it.</summary>
    public List<ObjectReference>? Secrets { get; set; }
    /// <summary>Secrets to pull images with.</summary>
    public List<LocalObjectReference>? ImagePullSecrets { get; set; }
    /// <summary>Whether programs that run as it find a token in their file system.</summary>
    public bool? AutomountServiceAccountToken { get; set; }
}
