namespace Lodestone.Api.Validation;

/// <summary>A value in an error message, written as Go's <c>%#v</c> writes it, as Kubernetes does with lists and structs.</summary>
/// <param name="Text">What it looks like.</param>
public sealed record GoValue(string Text)
{
    /// <inheritdoc/>
    public override string ToString() => Text;
}
