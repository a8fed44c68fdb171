namespace Lodestone.Api.Cluster;

/// <summary>How an <see cref="Endpoint"/> is.</summary>
public sealed class EndpointConditions
{
    /// <summary>Takes new connections; absent: it does.</summary>
    public bool? Ready { get; set; }
    /// <summary>Answers, perhaps while it terminates; absent: as <see cref="Ready"/>.</summary>
    public bool? Serving { get; set; }
    /// <summary>Is being deleted; absent: it is not.</summary>
    public bool? Terminating { get; set; }
}
