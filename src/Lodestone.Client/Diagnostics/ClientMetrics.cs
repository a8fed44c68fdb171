using System.Diagnostics.Metrics;

namespace Lodestone.Client.Diagnostics;

/// <summary>Counters of client, informers, queues and controllers, under the names existing dashboards know.</summary>
internal static class ClientMetrics
{
    internal const string MeterName = "Lodestone.Client";

    private static readonly Meter Meter = new(MeterName);

    internal static readonly Counter<long> Requests = Meter.CreateCounter<long>("rest_client_requests_total", description: "Requests by verb, resource and status code.");
    internal static readonly Counter<long> Lists = Meter.CreateCounter<long>("reflector_lists_total", description: "Complete lists by resource.");
    internal static readonly Counter<long> Watches = Meter.CreateCounter<long>("reflector_watches_total", description: "Watches started by resource.");
    internal static readonly Counter<long> WatchFailures = Meter.CreateCounter<long>("reflector_failures_total", description: "Lists and watches that ended in an error, by resource and reason.");
    internal static readonly Counter<long> QueueAdds = Meter.CreateCounter<long>("workqueue_adds_total", description: "Keys put into a queue by name.");
    internal static readonly Counter<long> QueueRetries = Meter.CreateCounter<long>("workqueue_retries_total", description: "Keys put back after a failure by name.");
    internal static readonly Histogram<double> QueueLatency = Meter.CreateHistogram<double>("workqueue_queue_duration_seconds", "s", "How long a key waited for a worker.");
    internal static readonly UpDownCounter<long> QueueDepth = Meter.CreateUpDownCounter<long>("workqueue_depth", description: "Keys that wait for a worker by name.");
    internal static readonly Counter<long> Reconciles = Meter.CreateCounter<long>("controller_runtime_reconcile_total", description: "Reconciles by controller and result.");
    internal static readonly Histogram<double> ReconcileTime = Meter.CreateHistogram<double>("controller_runtime_reconcile_time_seconds", "s", "How long a reconcile took.");
    internal static readonly UpDownCounter<long> Leading = Meter.CreateUpDownCounter<long>("leader_election_master_status", description: "1 while this process leads, by lease.");
    internal static readonly Counter<long> RefusedWrites = Meter.CreateCounter<long>("leader_election_refused_writes_total", description: "Writes not sent since the lease could not be renewed in time, by lease; counted when the term ends.");
}
