namespace Lodestone.Api.Meta;

/// <summary>Which object a <see cref="Status"/> is about, and why (meta/v1 StatusDetails).</summary>
public sealed class StatusDetails
{
    /// <summary>Name of the object.</summary>
    public string? Name { get; set; }
    /// <summary>API group of the object.</summary>
    public string? Group { get; set; }
    /// <summary>Kind, or plural resource name, of the object.</summary>
    public string? Kind { get; set; }
    /// <summary>UID of the object.</summary>
    public string? Uid { get; set; }
    /// <summary>Every single problem.</summary>
    public List<StatusCause>? Causes { get; set; }
    /// <summary>When to try again, in seconds.</summary>
    public int? RetryAfterSeconds { get; set; }
}
