using Lodestone.Api.Meta;

namespace Lodestone.Api.BuiltIn;

/// <summary>What a <see cref="Namespace"/> is at present.</summary>
public sealed class NamespaceStatus
{
    /// <summary><c>Active</c> or <c>Terminating</c>.</summary>
    public string? Phase { get; set; }
    /// <summary>Why it is still there.</summary>
    public List<Condition>? Conditions { get; set; }
}
