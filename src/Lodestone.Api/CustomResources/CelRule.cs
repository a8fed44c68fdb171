using Lodestone.Api.Validation;

namespace Lodestone.Api.CustomResources;

/// <summary>A rule in CEL that a value must keep: what <see cref="Resources.ResourceStrategy"/> checks, in the same words, for API servers that don't know it.</summary>
/// <param name="Rule">The expression over <c>self</c> and, for changes, <c>oldSelf</c>.</param>
/// <param name="Message">What is wrong where it is false.</param>
internal sealed record CelRule(string Rule, string Message)
{
    /// <summary>Computes the message where the server can: for messages with values in them.</summary>
    public string? MessageExpression { get; init; }

    /// <summary>The member that is wrong, such as <c>.endPort</c>; null: the value as a whole.</summary>
    public string? Field { get; init; }

    /// <summary>What is wrong with it.</summary>
    public FieldErrorType Type { get; init; } = FieldErrorType.Invalid;

    /// <summary>Whether it uses Kubernetes' functions for addresses, which came later than CEL.</summary>
    public bool UsesAddressLibrary { get; init; }
}
