namespace Lodestone.Agent.Health;

/// <summary>How a target is checked.</summary>
public enum ProbeKind
{
    /// <summary>By connecting.</summary>
    Tcp,

    /// <summary>By a GET over HTTP.</summary>
    Http,

    /// <summary>By a GET over HTTPS.</summary>
    Https,

    /// <summary>By a datagram.</summary>
    Udp,

    /// <summary>By an echo request.</summary>
    Icmp,
}
