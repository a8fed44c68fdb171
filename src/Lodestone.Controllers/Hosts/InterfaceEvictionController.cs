using System.Collections.Concurrent;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Controllers;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.Controllers.Access;

namespace Lodestone.Controllers.Hosts;

/// <summary>Takes the network interfaces of a machine that is out of reach, drained, or that there is none of, out of the rings. Keyed by Host.</summary>
/// <remarks>
/// Reads Host and NetworkInterface. Writes NetworkInterface/status (condition HostReady; state Pending where no agent can write it) and Events, nothing else.
/// <para>
/// Of a machine that is out of reach only the agent may be down: its data path goes on. So its interfaces stay Available: they take no new flows and keep
/// those they have, as drained ones do, until it is back or their drain time ends. That costs nothing when it was a restart. Only the Lease's
/// lapse counts (<see cref="HostController.LeaseExpired"/>). When fewer than <see cref="ControllerOptions.MinLiveShare"/> of the Hosts are within reach the
/// fault is more likely between us and them than in all of them: then nothing is touched, since emptying rings would turn a loss of control
/// into a loss of service.
/// </para>
/// <para>
/// An interface whose Host doesn't exist has no agent that could say so; one that nobody has spoken of yet is told to be Pending, and why.
/// </para>
/// </remarks>
internal sealed class InterfaceEvictionController(
    ILister<Host> hosts,
    ILister<NetworkInterface> interfaces,
    ApiClient client,
    EventRecorder events,
    ControllerOptions options,
    TimeProvider timeProvider) : IDeclaresPermissions
{
    internal const string ConditionType = "HostReady";
    internal const string HostDraining = "HostDraining";

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, long> _unreachableSince = new();

    /// <inheritdoc/>
    public static Permissions Permissions { get; } = Permissions.None
        .Reads<Host>().Reads<NetworkInterface>()
        .ChangesStatus<NetworkInterface>();

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!hosts.TryGet(key, out Host? host))
        {
            return await ReconcileMissingAsync(key, cancellationToken);
        }

        if (!IsUnreachable(host))
        {
            _unreachableSince.TryRemove(key.Name, out _);
        }

        if (!IsOut(host))
        {
            await WelcomeBackAsync(key.Name, cancellationToken);
            return ReconcileResult.Done;
        }

        if (host.Spec.Drain == true)
        {
            await TakeOutAsync(key.Name, HostDraining, $"Host {key.Name} is drained: it takes no new flows; lodestone undrain {key.Name} ends that", cancellationToken);
            return ReconcileResult.Done;
        }

        if (Left(key.Name, options.HostGrace) is { } left)
        {
            return ReconcileResult.RequeueAfter(left);
        }

        if (!IsMostThere())
        {
            return ReconcileResult.RequeueAfter(RetryInterval);
        }

        await TakeOutAsync(key.Name, "HostNotReady", $"Host {key.Name} no longer renews its Lease: the interface takes no new flows, and keeps those it has", cancellationToken);
        return ReconcileResult.Done;
    }

    /// <summary>Whether a machine's interfaces are not to take new flows.</summary>
    internal static bool IsOut(Host host) => host.Spec.Drain == true || IsUnreachable(host);

    private async Task<ReconcileResult> ReconcileMissingAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (interfaces.ByIndex(Indexes.Host, key.Name).Count == 0)
        {
            _unreachableSince.TryRemove(key.Name, out _);
            return ReconcileResult.Done;
        }

        if (Left(key.Name, options.MissingHostGrace) is { } left)
        {
            return ReconcileResult.RequeueAfter(left);
        }

        bool isMostThere = IsMostThere();
        foreach (NetworkInterface nic in interfaces.ByIndex(Indexes.Host, key.Name))
        {
            if ((isMostThere && IsAvailable(nic)) || string.IsNullOrEmpty(nic.Status?.State))
            {
                await WriteAsync(nic, "HostNotFound", $"Host {key.Name} doesn't exist; start an agent of that name, or correct spec.providerID", "Pending", cancellationToken);
            }
        }

        return isMostThere ? ReconcileResult.Done : ReconcileResult.RequeueAfter(RetryInterval);
    }

    /// <summary>What is left of a grace, by our own clock, from when we saw it: a restart of ours grants a new one. Null: it is over.</summary>
    private TimeSpan? Left(string host, TimeSpan grace)
    {
        TimeSpan left = grace - timeProvider.GetElapsedTime(_unreachableSince.GetOrAdd(host, _ => timeProvider.GetTimestamp()));
        return left > TimeSpan.Zero ? left + TimeSpan.FromMilliseconds(10) : null;
    }

    /// <summary>Whether enough Hosts are within reach to believe that the others are not.</summary>
    private bool IsMostThere()
    {
        IReadOnlyCollection<Host> all = hosts.All;
        int there = all.Count(host => !IsUnreachable(host));
        return there > 0 && there >= options.MinLiveShare * all.Count;
    }

    private async Task TakeOutAsync(string host, string reason, string message, CancellationToken cancellationToken)
    {
        foreach (NetworkInterface nic in interfaces.ByIndex(Indexes.Host, host))
        {
            if (nic.Status?.Conditions.Of(ConditionType) is not { Status: "False" } told || told.Reason != reason)
            {
                await WriteAsync(nic, reason, message, null, cancellationToken);
            }
        }
    }

    private static bool IsAvailable(NetworkInterface nic) => nic.Status?.State == "Available";

    private static bool IsUnreachable(Host host) =>
        host.Status?.Conditions.Of("Ready") is { Status: "False", Reason: HostController.LeaseExpired };

    /// <summary>The state itself is the agent's to set: only it knows whether the device is there.</summary>
    private async Task WelcomeBackAsync(string host, CancellationToken cancellationToken)
    {
        foreach (NetworkInterface nic in interfaces.ByIndex(Indexes.Host, host))
        {
            if (nic.Status?.Conditions.Of(ConditionType)?.Status == "False")
            {
                await client.UpdateStatusAsync(
                    nic,
                    n => (n.Status ??= new NetworkInterfaceStatus()).Conditions = n.Status.Conditions.With(
                        ConditionType, true, "HostReady", $"Host {host} renews its Lease and is not drained", n.Metadata.Generation, timeProvider.GetUtcNow()),
                    cancellationToken);
            }
        }
    }

    private async Task WriteAsync(NetworkInterface nic, string reason, string message, string? state, CancellationToken cancellationToken)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        await client.UpdateStatusAsync(
            nic,
            n =>
            {
                n.Status ??= new NetworkInterfaceStatus();
                n.Status.LastStateTransitionTime = state is null ? n.Status.LastStateTransitionTime : now;
                n.Status.State = state ?? n.Status.State;
                n.Status.Conditions = n.Status.Conditions.With(ConditionType, false, reason, message, n.Metadata.Generation, now);
            },
            cancellationToken);
        events.Record(nic, reason == HostDraining ? EventType.Normal : EventType.Warning, reason, message);
    }
}
