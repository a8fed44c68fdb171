using Lodestone.Api.Meta;

namespace Lodestone.Api.BuiltIn;

/// <summary>A scope for names (core/v1).</summary>
public sealed class Namespace : KubernetesObject
{
    /// <summary>What is wanted.</summary>
    public NamespaceSpec? Spec { get; set; }
    /// <summary>What is.</summary>
    public NamespaceStatus? Status { get; set; }
}
