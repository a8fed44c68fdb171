namespace Lodestone.Api.Cluster;

/// <summary>Who answers for a <see cref="Service"/>.</summary>
public sealed class Endpoint
{
    /// <summary>Addresses of the pod.</summary>
    public List<string>? Addresses { get; set; }
    /// <summary>How it is.</summary>
    public EndpointConditions? Conditions { get; set; }
    /// <summary>The node it runs on.</summary>
    public string? NodeName { get; set; }
}
