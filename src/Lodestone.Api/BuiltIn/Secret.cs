using Lodestone.Api.Meta;

namespace Lodestone.Api.BuiltIn;

/// <summary>Secrets by key (core/v1).</summary>
public sealed class Secret : KubernetesObject
{
    /// <summary>Whether data can't be changed any more; once true it stays so.</summary>
    public bool? Immutable { get; set; }
    /// <summary>Bytes by key; base64 in JSON.</summary>
    public Dictionary<string, byte[]>? Data { get; set; }
    /// <summary>Text that a writer gives instead of bytes. It becomes <see cref="Data"/> and is never stored.</summary>
    public Dictionary<string, string>? StringData { get; set; }
    /// <summary>What the keys are to be: <c>Opaque</c> or one of Kubernetes' types, or anybody's. It can't be changed.</summary>
    public string? Type { get; set; }
}
