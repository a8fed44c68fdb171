namespace Lodestone.Api.Validation;

/// <summary>The detail of an error about a field that can't change.</summary>
internal static class Immutable
{
    public const string Detail = "field is immutable";
}
