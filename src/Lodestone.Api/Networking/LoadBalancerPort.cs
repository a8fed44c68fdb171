namespace Lodestone.Api.Networking;

/// <summary>A protocol and a port, or a range of ports, that a <see cref="LoadBalancer"/> lets through.</summary>
public sealed class LoadBalancerPort
{
    /// <summary><c>TCP</c>, <c>UDP</c> or <c>SCTP</c>; absent is read as TCP and stays absent.</summary>
    public string? Protocol { get; set; }
    /// <summary>The port, or the first of the range; 1 to 65535.</summary>
    public int Port { get; set; }
    /// <summary>The last port of the range; not below <see cref="Port"/>.</summary>
    public int? EndPort { get; set; }
}
