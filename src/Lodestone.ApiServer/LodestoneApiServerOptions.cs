using System.Net;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Aggregation;
using Lodestone.ApiServer.Audit;
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

    /// <summary>How long the certificates of agents are valid that joined, unless they ask for less; they renew them themselves.</summary>
    public TimeSpan AgentCertificateValidity { get; init; } = TimeSpan.FromDays(30);

    /// <summary>The key that this machine's agent hashes flows under, which others get when they join; null: <c>flow-hash.key</c> in the data directory.</summary>
    public string? FlowHashKeyFile { get; init; }

    /// <summary>How long events are kept after they were last written; an hour, as in Kubernetes.</summary>
    public TimeSpan EventTimeToLive { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The longest a request may take that is no watch; those that change something may take 34 seconds at most.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Requests that change nothing and are executed at the same time; more wait, in a queue of their user.</summary>
    public int MaxReadOnlyInFlight { get; init; } = 400;

    /// <summary>Requests that change something and are executed at the same time.</summary>
    public int MaxMutatingInFlight { get; init; } = 200;

    /// <summary>Requests of either kind that may wait; more are refused with 429.</summary>
    public int MaxQueued { get; init; } = 5000;

    /// <summary>Requests of one user and kind that may wait.</summary>
    public int MaxQueuedPerUser { get; init; } = 1000;

    /// <summary>Run behind a cluster's kube-apiserver, serving our kinds and leaving everything else to it; null: be the cluster.</summary>
    public AggregationOptions? Aggregation { get; init; }

    /// <summary>How long a stopping server, which says at <c>/readyz</c> that it is not ready, goes on answering, for load balancers to notice.</summary>
    public TimeSpan ShutdownDelay { get; init; }

    /// <summary>Kinds of a cluster that are served beside our own, for tests of what reads them.</summary>
    internal IReadOnlyList<ResourceDefinition> AdditionalKinds { get; init; } = [];

    /// <summary>The audit log; null for none.</summary>
    public AuditOptions? Audit { get; init; }

    /// <summary>What <c>/metrics</c> tells beside the server's own, of other parts of the process: whole metrics in Prometheus' text format, of other names; null for none.</summary>
    public Func<string>? OtherMetrics { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where log messages go; nowhere when null.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }
}
