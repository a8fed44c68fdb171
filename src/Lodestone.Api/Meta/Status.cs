namespace Lodestone.Api.Meta;

/// <summary>The API server's answer where it isn't an object (meta/v1 Status).</summary>
public sealed class Status : KubernetesObject
{
    /// <summary><c>Success</c> or <c>Failure</c>.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("status")]
    public string? Outcome { get; set; }

    /// <summary>What happened, for a person.</summary>
    public string? Message { get; set; }
    /// <summary>What happened, for a program: <c>NotFound</c>, <c>Conflict</c>, ...</summary>
    public string? Reason { get; set; }
    /// <summary>Which object, and every cause.</summary>
    public StatusDetails? Details { get; set; }
    /// <summary>The HTTP status code.</summary>
    public int? Code { get; set; }
}
