namespace Lodestone.Api.Meta;

/// <summary>One problem among those a <see cref="Status"/> tells (meta/v1 StatusCause).</summary>
public sealed class StatusCause
{
    /// <summary><c>FieldValueInvalid</c>, <c>FieldValueRequired</c>, ...</summary>
    public string? Reason { get; set; }
    /// <summary>The problem, for a person.</summary>
    public string? Message { get; set; }
    /// <summary>Path of the field, such as <c>spec.ports[0].port</c>.</summary>
    public string? Field { get; set; }
}
