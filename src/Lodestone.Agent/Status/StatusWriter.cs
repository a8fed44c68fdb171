using System.Collections.Immutable;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Health;
using Lodestone.Api.Networking;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Microsoft.Extensions.Logging;

namespace Lodestone.Agent.Status;

/// <summary>Publishes what became of network interfaces of this machine and, on a gateway, of load balancers.</summary>
/// <remarks>
/// Writes NetworkInterface/status, this gateway's entry in LoadBalancer/status, and Events, nothing else. Never in the way of the
/// data path: it follows the latest state, and while the API server cannot be reached it tries again. With <c>forgetsHealth</c> what is written
/// of targets' health goes until a check has found something: the machine has booted since.
/// </remarks>
internal sealed partial class StatusWriter(
    ApiClient client,
    ILister<NetworkInterface> nics,
    ILister<LoadBalancer> loadBalancers,
    EventRecorder events,
    string hostName,
    Func<ImmutableDictionary<HealthKey, KnownHealth>> health,
    ILogger logger,
    TimeProvider time,
    bool forgetsHealth = false) : IDisposable
{
    /// <summary>Load balancers written at the same time; an agent that starts may have thousands to report.</summary>
    private const int Writers = 4;

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(2);

    private readonly Signal _changed = new();
    private readonly GatewayEntryWriter _entries = new(client, loadBalancers, events, hostName);
    private readonly TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private AgentState? _latest;

    /// <summary>VIPs that were looked at for states that were not written yet.</summary>
    private HashSet<VipKey> _made = [];

    /// <summary>Completes when a state has been told for the first time, as far as the API took it.</summary>
    public Task Told => _told.Task;

    /// <summary>Takes the latest state; one that was not written yet is skipped.</summary>
    public void Publish(AgentState state)
    {
        lock (_lock)
        {
            _made.UnionWith(state.Applied.Made);
            Volatile.Write(ref _latest, state);
        }

        _changed.Raise();
    }

    /// <summary>Says that what is known of targets' health has changed.</summary>
    public void HealthChanged()
    {
        if (Volatile.Read(ref _latest) is not null)
        {
            _changed.Raise();
        }
    }

    /// <summary>Writes until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        TimeSpan wait = Timeout.InfiniteTimeSpan;
        while (true)
        {
            await _changed.WaitAsync(wait, time, cancellationToken);
            AgentState state;
            HashSet<VipKey> made;
            lock (_lock)
            {
                (state, made, _made) = (_latest!, _made, []);
            }

            wait = await WriteAllAsync(state, made, cancellationToken) ? Timeout.InfiniteTimeSpan : RetryInterval;
            _ = _told.TrySetResult();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _changed.Dispose();

    /// <summary>Writes what differs; false when something has to be tried again.</summary>
    private async Task<bool> WriteAllAsync(AgentState state, HashSet<VipKey> made, CancellationToken cancellationToken)
    {
        bool isDone = true;
        ILookup<string, HealthTarget> targets = state.Desired.HealthTargets.ToLookup(target => target.Key.NicUid, StringComparer.Ordinal);
        foreach (NicModel nic in state.Desired.Nics)
        {
            isDone &= await TryAsync($"network interface {nic.Nic.Key}", () => WriteAsync(nic, state, targets[nic.Nic.Metadata.Uid ?? ""], cancellationToken));
        }

        var report = new GatewayReport(state, hostName, made);
        int failed = 0;
        await Parallel.ForEachAsync(
            _entries.Outdated(report),
            new ParallelOptions { MaxDegreeOfParallelism = Writers, CancellationToken = cancellationToken },
            async (lb, token) =>
            {
                if (!await TryAsync($"load balancer {lb.Key}", () => _entries.WriteAsync(lb, report, token)))
                {
                    Interlocked.Increment(ref failed);
                }
            });
        if (failed > 0)
        {
            _entries.Retry();
        }

        return isDone && failed == 0;
    }

    private async Task WriteAsync(NicModel model, AgentState state, IEnumerable<HealthTarget> targets, CancellationToken cancellationToken)
    {
        NetworkInterface seen = nics.TryGet(model.Nic.Key, out NetworkInterface? latest) && latest.Metadata.Uid == model.Nic.Metadata.Uid ? latest : model.Nic;
        (string newState, string reason, string message) = StatusModel.NicOf(model, state);
        List<string>? addresses = StatusModel.AddressesOf(model);
        List<string>? prefixes = StatusModel.PrefixesOf(model);
        bool isTrue = newState == NicStates.Available;
        List<TargetHealth>? found = HealthReport.Of(targets, health(), forgetsHealth ? null : seen.Status);
        if (seen.Status is { } status
            && status.State == newState
            && (status.Ips ?? []).SequenceEqual(addresses ?? [])
            && (status.Prefixes ?? []).SequenceEqual(prefixes ?? [])
            && HealthReport.Same(status.Health, found)
            && Conditions.Says(status.Conditions, StatusModel.Bound, isTrue, reason, message, seen.Metadata.Generation))
        {
            return;
        }

        bool isNews = false;
        List<TargetHealth> flips = [];
        await client.UpdateStatusAsync(
            seen,
            nic =>
            {
                nic.Status ??= new NetworkInterfaceStatus();
                isNews = nic.Status.State != newState || nic.Status.Conditions?.Find(c => c.Type == StatusModel.Bound)?.Reason != reason;
                DateTimeOffset now = time.GetUtcNow();
                nic.Status.LastStateTransitionTime = nic.Status.State == newState ? nic.Status.LastStateTransitionTime : now;
                nic.Status.State = newState;
                nic.Status.Ips = addresses;
                nic.Status.Prefixes = prefixes;
                flips = HealthReport.Flips(nic.Status.Health, found);
                nic.Status.Health = found;
                nic.Status.Conditions = Conditions.Set(nic.Status.Conditions, StatusModel.Bound, isTrue, reason, message, nic.Metadata.Generation, now);
            },
            cancellationToken);
        if (isNews)
        {
            events.Record(seen, isTrue ? EventType.Normal : EventType.Warning, reason, message);
        }

        foreach (TargetHealth flip in flips)
        {
            bool isHealthy = flip.State == TargetHealth.Healthy;
            events.Record(
                seen,
                isHealthy ? EventType.Normal : EventType.Warning,
                isHealthy ? Reasons.TargetHealthy : flip.State == TargetHealth.Flapping ? Reasons.TargetFlapping : Reasons.TargetUnhealthy,
                $"as a target of load balancer {flip.LoadBalancer} ({flip.IpFamily}){(isHealthy ? "" : $": {flip.Message}")}");
        }
    }

    private async Task<bool> TryAsync(string what, Func<Task> write)
    {
        try
        {
            await write();
            return true;
        }
        catch (Exception e) when (e is ApiException or HttpRequestException or TimeoutException)
        {
            Log.NotWritten(logger, what, e.Message);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4400, LogLevel.Warning, "The status of {What} could not be written: {Message}")]
        internal static partial void NotWritten(ILogger logger, string what, string message);
    }
}
