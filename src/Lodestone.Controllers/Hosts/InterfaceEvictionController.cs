using System.Collections.Concurrent;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Controllers;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;

namespace Lodestone.Controllers.Hosts;

/// <summary>Takes the network interfaces of a machine that is long out of reach, or that there is none of, out of the rings. Keyed by Host.</summary>
/// <remarks>
/// Reads Host and NetworkInterface. Writes NetworkInterface/status (state Pending, condition HostReady) and Events, nothing else.
/// The machine's agent makes its interfaces Available again when it is back.
/// <para>
/// Only the Lease's lapse counts (<see cref="HostController.LeaseExpired"/>), and only after a grace: the data path of a machine whose
/// agent is down goes on, so a restart must move no flow. When no Host at all is ready the fault is more likely between us and them
/// than in all of them: then nothing is touched, since emptying every ring would turn a loss of control into a loss of service.
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
    TimeProvider timeProvider) : IReconciler
{
    internal const string ConditionType = "HostReady";

    private readonly ConcurrentDictionary<string, long> _unreachableSince = new();

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        bool exists = hosts.TryGet(key, out Host? host);
        if (exists ? !IsUnreachable(host!) : interfaces.ByIndex(Indexes.Host, key.Name).Count == 0)
        {
            _unreachableSince.TryRemove(key.Name, out _);
            await WelcomeBackAsync(key.Name, cancellationToken);
            return ReconcileResult.Done;
        }

        // Our own clock, from when we saw it: a restart of ours grants a new grace.
        TimeSpan left = options.HostGrace - timeProvider.GetElapsedTime(_unreachableSince.GetOrAdd(key.Name, _ => timeProvider.GetTimestamp()));
        if (left > TimeSpan.Zero)
        {
            return ReconcileResult.RequeueAfter(left + TimeSpan.FromMilliseconds(10));
        }

        (string reason, string message) = exists
            ? ("HostNotReady", $"Host {key.Name} has not renewed its Lease for more than {options.HostGrace.TotalSeconds} s")
            : ("HostNotFound", $"Host {key.Name} doesn't exist; start an agent of that name, or correct spec.providerID");
        bool anyReady = hosts.All.Any(h => !IsUnreachable(h));
        foreach (NetworkInterface nic in interfaces.ByIndex(Indexes.Host, key.Name))
        {
            if ((anyReady && IsAvailable(nic)) || IsUntold(nic, exists))
            {
                await EvictAsync(nic, reason, message, cancellationToken);
            }
        }

        return anyReady ? ReconcileResult.Done : ReconcileResult.RequeueAfter(options.HostGrace);
    }

    private static bool IsAvailable(NetworkInterface nic) => nic.Status?.State == "Available";

    private static bool IsUntold(NetworkInterface nic, bool hostExists) => !hostExists && string.IsNullOrEmpty(nic.Status?.State);

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
                        ConditionType, true, "HostReady", $"Host {host} renews its Lease", n.Metadata.Generation, timeProvider.GetUtcNow()),
                    cancellationToken);
            }
        }
    }

    private async Task EvictAsync(NetworkInterface nic, string reason, string message, CancellationToken cancellationToken)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        await client.UpdateStatusAsync(
            nic,
            n =>
            {
                n.Status ??= new NetworkInterfaceStatus();
                n.Status.State = "Pending";
                n.Status.LastStateTransitionTime = now;
                n.Status.Conditions = n.Status.Conditions.With(ConditionType, false, reason, message, n.Metadata.Generation, now);
            },
            cancellationToken);
        events.Record(nic, EventType.Warning, reason, message);
    }
}
