namespace Lodestone.Api.Platform;

/// <summary>A target is well when it takes a TCP connection, which is reset at once.</summary>
public sealed class TcpHealthCheck
{
    /// <summary>The port, 1 to 65535; absent: the first TCP port of the load balancer.</summary>
    public int? Port { get; set; }
}
