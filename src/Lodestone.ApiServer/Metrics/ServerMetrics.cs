using System.Collections.Concurrent;
using Lodestone.ApiServer.Endpoints;

namespace Lodestone.ApiServer.Metrics;

/// <summary>What the server counts, under the names that dashboards for kube-apiserver know.</summary>
internal sealed class ServerMetrics
{
    private static readonly string[] RequestLabels = ["verb", "dry_run", "group", "version", "resource", "subresource", "scope", "component"];
    private readonly ConcurrentDictionary<RequestSeries.Key, RequestSeries> _requests = new();
    private readonly CounterFamily _requestTotal;
    private readonly HistogramFamily _requestSeconds;
    private readonly GaugeFamily _longRunning;
    private readonly CounterFamily _watchEvents;

    /// <summary>All metrics, none counted yet.</summary>
    public ServerMetrics()
    {
        _requestTotal = Registry.Add(new CounterFamily(
            "apiserver_request_total",
            "Requests by verb, dry run, group, version, resource, subresource, scope, component and HTTP response code.",
            [.. RequestLabels, "code"]));
        _requestSeconds = Registry.Add(new HistogramFamily(
            "apiserver_request_duration_seconds",
            "Response latency in seconds by verb, dry run, group, version, resource, subresource, scope and component; without watches.",
            Histogram.RequestSeconds,
            RequestLabels));
        _longRunning = Registry.Add(new GaugeFamily(
            "apiserver_longrunning_requests",
            "Long-running requests that are open, by verb, group, version, resource, subresource, scope and component.",
            "verb", "group", "version", "resource", "subresource", "scope", "component"));
        Open = Registry.Add(new GaugeFamily("lodestone_requests_open", "Requests of all kinds that are not answered yet, watches and exempt ones included.")).With();
        Terminations = Registry.Add(new CounterFamily(
            "apiserver_request_terminations_total", "Requests that the server ended to protect itself, by code: refused for load, or out of time.", "verb", "code"));
        Aborts = Registry.Add(new CounterFamily("apiserver_request_aborts_total", "Requests whose client left before the answer.", "verb"));
        _watchEvents = Registry.Add(new CounterFamily("apiserver_watch_events_total", "Events sent in watches.", "group", "version", "resource"));
        Rejected = Registry.Add(new CounterFamily(
            "apiserver_flowcontrol_rejected_requests_total", "Requests refused because too many wait.", "flow_schema", "priority_level", "reason"));
        Dispatched = Registry.Add(new CounterFamily(
            "apiserver_flowcontrol_dispatched_requests_total", "Requests that were let in.", "flow_schema", "priority_level"));
        QueueSeconds = Registry.Add(new HistogramFamily(
            "apiserver_flowcontrol_request_wait_duration_seconds", "How long requests waited that had to.", Histogram.ShortSeconds, "flow_schema", "priority_level", "execute"));
        CommitSeconds = Registry.Add(new HistogramFamily("lodestone_store_commit_duration_seconds", "Time to make a group of writes durable.", Histogram.ShortSeconds));
        CommitEntries = Registry.Add(new HistogramFamily("lodestone_store_commit_entries", "Writes made durable together.", Histogram.Counts));
        CommitFailures = Registry.Add(new CounterFamily("lodestone_store_commit_failures_total", "Groups of writes that could not be made durable."));
        ProcessMetrics.AddTo(Registry);
    }

    /// <summary>All of them.</summary>
    public MetricRegistry Registry { get; } = new();

    /// <summary>Requests that are not answered yet.</summary>
    public Gauge Open { get; }

    /// <summary>Requests that the server ended.</summary>
    public CounterFamily Terminations { get; }

    /// <summary>Requests whose client left.</summary>
    public CounterFamily Aborts { get; }

    /// <summary>Requests refused for load.</summary>
    public CounterFamily Rejected { get; }

    /// <summary>Requests let in.</summary>
    public CounterFamily Dispatched { get; }

    /// <summary>How long they waited.</summary>
    public HistogramFamily QueueSeconds { get; }

    /// <summary>Time of a commit.</summary>
    public HistogramFamily CommitSeconds { get; }

    /// <summary>Size of a commit.</summary>
    public HistogramFamily CommitEntries { get; }

    /// <summary>Commits that failed.</summary>
    public CounterFamily CommitFailures { get; }

    /// <summary>The series of a request's kind.</summary>
    /// <param name="info">What it wants.</param>
    /// <param name="isKnown">Whether it is about something that is served; what clients make up doesn't become labels.</param>
    /// <param name="isDryRun">Whether nothing is stored.</param>
    /// <param name="isApply">Whether it is a server-side apply.</param>
    public RequestSeries Of(RequestInfo info, bool isKnown, bool isDryRun, bool isApply)
    {
        var key = new RequestSeries.Key(isKnown ? info.Group : "", isKnown ? info.Version : "", isKnown ? info.Resource : "", isKnown ? info.Subresource : "",
            VerbOf(info, isApply), ScopeOf(info), isDryRun);
        return _requests.TryGetValue(key, out RequestSeries? series) ? series : _requests.GetOrAdd(key, Create);
    }

    /// <summary>The counter of events in watches of a resource.</summary>
    public Counter WatchEvents(RequestInfo info) => _watchEvents.With(info.Group, info.Version, info.Resource);

    private RequestSeries Create(RequestSeries.Key key)
    {
        string dryRun = key.IsDryRun ? "All" : "";
        return new RequestSeries(
            code => _requestTotal.With(key.Verb, dryRun, key.Group, key.Version, key.Resource, key.Subresource, key.Scope, "apiserver", code),
            key.Verb == "WATCH" ? null : _requestSeconds.With(key.Verb, dryRun, key.Group, key.Version, key.Resource, key.Subresource, key.Scope, "apiserver"),
            key.Verb == "WATCH" ? _longRunning.With(key.Verb, key.Group, key.Version, key.Resource, key.Subresource, key.Scope, "apiserver") : null);
    }

    private static string VerbOf(RequestInfo info, bool isApply) => info.Verb switch
    {
        "get" => "GET",
        "list" => "LIST",
        "watch" => "WATCH",
        "create" or "post" => "POST",
        "update" or "put" => "PUT",
        "patch" => isApply ? "APPLY" : "PATCH",
        "delete" => "DELETE",
        "deletecollection" => "DELETECOLLECTION",
        _ => "other",
    };

    private static string ScopeOf(RequestInfo info) => !info.IsResource ? ""
        : info.Name.Length > 0 || info.Verb == "create" ? "resource"
        : info.Namespace.Length > 0 ? "namespace"
        : "cluster";
}
