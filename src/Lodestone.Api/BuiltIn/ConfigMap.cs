using Lodestone.Api.Meta;

namespace Lodestone.Api.BuiltIn;

/// <summary>Configuration by key (core/v1).</summary>
public sealed class ConfigMap : KubernetesObject
{
    /// <summary>Whether data can't be changed any more; once true it stays so.</summary>
    public bool? Immutable { get; set; }
    /// <summary>Text by key.</summary>
    public Dictionary<string, string>? Data { get; set; }
    /// <summary>Bytes by key; base64 in JSON. No key is in both.</summary>
    public Dictionary<string, byte[]>? BinaryData { get; set; }
}
