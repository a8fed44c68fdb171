namespace Lodestone.Api.Cluster;

/// <summary>A port of a <see cref="Service"/>.</summary>
public sealed class ServicePort
{
    /// <summary>Its name.</summary>
    public string? Name { get; set; }
    /// <summary><c>TCP</c>, <c>UDP</c> or <c>SCTP</c>; absent: <c>TCP</c>.</summary>
    public string? Protocol { get; set; }
    /// <summary>What clients talk to, 1 to 65535.</summary>
    public int Port { get; set; }
}
