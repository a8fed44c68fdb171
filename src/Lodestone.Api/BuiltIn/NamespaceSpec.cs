namespace Lodestone.Api.BuiltIn;

/// <summary>What a <see cref="Namespace"/> is to be.</summary>
public sealed class NamespaceSpec
{
    /// <summary><c>kubernetes</c> until the content is gone.</summary>
    public List<string>? Finalizers { get; set; }
}
