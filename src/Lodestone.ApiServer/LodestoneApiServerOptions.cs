using System.Net;
using Microsoft.Extensions.Logging;

namespace Lodestone.ApiServer;

/// <summary>How a <see cref="LodestoneApiServer"/> runs.</summary>
public sealed record LodestoneApiServerOptions
{
    /// <summary>Where the store, the CA and the kubeconfig are; created when missing.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Where to listen; port 0 is any free port. Loopback, any port, when not given.</summary>
    public IReadOnlyList<IPEndPoint> Listen { get; init; } = [new IPEndPoint(IPAddress.Loopback, 0)];

    /// <summary>Names and addresses beside those listened on that the server's certificate is valid for.</summary>
    public IReadOnlyList<string> ExtraNames { get; init; } = [];

    /// <summary>Whether objects are deleted when all their owners are gone; not where the cluster's own garbage collector does it.</summary>
    public bool CollectsGarbage { get; init; } = true;

    /// <summary>How long events are kept after they were last written; an hour, as in Kubernetes.</summary>
    public TimeSpan EventTimeToLive { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where log messages go; nowhere when null.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }
}
