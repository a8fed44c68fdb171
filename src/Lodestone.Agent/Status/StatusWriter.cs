using Lodestone.Agent.Desired;
using Lodestone.Api.Networking;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Microsoft.Extensions.Logging;

namespace Lodestone.Agent.Status;

/// <summary>Publishes what became of network interfaces of this machine and of load balancers that it announces.</summary>
/// <remarks>
/// Writes NetworkInterface/status, condition Programmed in LoadBalancer/status, and Events, nothing else. Never in the way of the
/// data path: it follows the latest state, and while the API server cannot be reached it tries again.
/// </remarks>
internal sealed partial class StatusWriter(
    ApiClient client,
    ILister<NetworkInterface> nics,
    ILister<LoadBalancer> loadBalancers,
    EventRecorder events,
    string hostName,
    ILogger logger,
    TimeProvider time) : IDisposable
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(2);

    private readonly Signal _changed = new();
    private AgentState? _latest;

    /// <summary>Takes the latest state; one that was not written yet is skipped.</summary>
    public void Publish(AgentState state)
    {
        Volatile.Write(ref _latest, state);
        _changed.Raise();
    }

    /// <summary>Writes until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        TimeSpan wait = Timeout.InfiniteTimeSpan;
        while (true)
        {
            await _changed.WaitAsync(wait, time, cancellationToken);
            wait = await WriteAllAsync(Volatile.Read(ref _latest)!, cancellationToken) ? Timeout.InfiniteTimeSpan : RetryInterval;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _changed.Dispose();

    /// <summary>Writes what differs; false when something has to be tried again.</summary>
    internal async Task<bool> WriteAllAsync(AgentState state, CancellationToken cancellationToken)
    {
        bool isDone = true;
        foreach (NicModel nic in state.Desired.Nics)
        {
            isDone &= await TryAsync($"network interface {nic.Nic.Key}", () => WriteAsync(nic, state, cancellationToken));
        }

        foreach (Lodestone.Api.Meta.ObjectKey key in state.Desired.Announced)
        {
            if (loadBalancers.TryGet(key, out LoadBalancer? lb) && lb.Spec.Type == "Public")
            {
                isDone &= await TryAsync($"load balancer {key}", () => WriteAsync(lb, state, cancellationToken));
            }
        }

        return isDone;
    }

    private async Task WriteAsync(NicModel model, AgentState state, CancellationToken cancellationToken)
    {
        NetworkInterface seen = nics.TryGet(model.Nic.Key, out NetworkInterface? latest) && latest.Metadata.Uid == model.Nic.Metadata.Uid ? latest : model.Nic;
        (string newState, string reason, string message) = StatusModel.NicOf(model, state);
        List<string>? addresses = StatusModel.AddressesOf(model);
        List<string>? prefixes = StatusModel.PrefixesOf(model);
        bool isTrue = newState == NicStates.Available;
        if (seen.Status is { } status
            && status.State == newState
            && (status.Ips ?? []).SequenceEqual(addresses ?? [])
            && (status.Prefixes ?? []).SequenceEqual(prefixes ?? [])
            && Conditions.Says(status.Conditions, StatusModel.Bound, isTrue, reason, message, seen.Metadata.Generation))
        {
            return;
        }

        await client.UpdateStatusAsync(
            seen,
            nic =>
            {
                nic.Status ??= new NetworkInterfaceStatus();
                DateTimeOffset now = time.GetUtcNow();
                nic.Status.LastStateTransitionTime = nic.Status.State == newState ? nic.Status.LastStateTransitionTime : now;
                nic.Status.State = newState;
                nic.Status.Ips = addresses;
                nic.Status.Prefixes = prefixes;
                nic.Status.Conditions = Conditions.Set(nic.Status.Conditions, StatusModel.Bound, isTrue, reason, message, nic.Metadata.Generation, now);
            },
            cancellationToken);
        if (seen.Status?.State != newState || seen.Status.Conditions?.Find(c => c.Type == StatusModel.Bound)?.Reason != reason)
        {
            events.Record(seen, isTrue ? EventType.Normal : EventType.Warning, reason, message);
        }
    }

    private async Task WriteAsync(LoadBalancer lb, AgentState state, CancellationToken cancellationToken)
    {
        (bool isTrue, string reason, string message) = StatusModel.ProgrammedOf(lb, state, hostName);
        if (Conditions.Says(lb.Status?.Conditions, StatusModel.Programmed, isTrue, reason, message, lb.Metadata.Generation))
        {
            return;
        }

        long? generation = lb.Metadata.Generation;
        await client.UpdateStatusAsync(
            lb,
            next =>
            {
                next.Status ??= new LoadBalancerStatus();
                next.Status.Conditions = Conditions.Set(
                    next.Status.Conditions, StatusModel.Programmed, isTrue, reason, message, generation, time.GetUtcNow());
            },
            cancellationToken);
        if (lb.Status?.Conditions?.Find(c => c.Type == StatusModel.Programmed)?.Reason != reason)
        {
            events.Record(lb, isTrue ? EventType.Normal : EventType.Warning, reason, message);
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
