namespace Lodestone.Api.Meta;

/// <summary>Names one exact object of the same namespace.</summary>
public sealed class LocalUidReference
{
    /// <summary>The object's name.</summary>
    public string Name { get; set; } = "";
    /// <summary>The object's UID; may be empty where a person wrote the reference.</summary>
    public string Uid { get; set; } = "";
}
