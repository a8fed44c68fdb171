namespace Lodestone.Api.Cluster;

/// <summary>An address at which a <see cref="Service"/> is reached from outside.</summary>
public sealed class ServiceIngress
{
    /// <summary>The address.</summary>
    public string? Ip { get; set; }
    /// <summary>A name in its place, of other implementations.</summary>
    public string? Hostname { get; set; }
    /// <summary><c>VIP</c>: packets reach nodes with the address as destination (Kubernetes 1.29; absent in older ones, where it is always so).</summary>
    public string? IpMode { get; set; }
}
