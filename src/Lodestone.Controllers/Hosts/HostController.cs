using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Lodestone.Client.Controllers;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.Client.Leases;
using Lodestone.Controllers.Access;

namespace Lodestone.Controllers.Hosts;

/// <summary>Marks a <see cref="Host"/> not Ready when its Lease lapses, and takes that back when it is renewed.</summary>
/// <remarks>
/// Reads Host and Lease. Writes the condition Ready in Host/status, only where the heartbeat decides it, and Events, nothing else. The
/// agent writes the same condition for its own reasons; one that says False for such a reason is left alone.
/// </remarks>
internal sealed class HostController(
    ILister<Host> hosts,
    ILister<Lease> leases,
    LeaseClock clock,
    ApiClient client,
    EventRecorder events,
    TimeProvider timeProvider) : IDeclaresPermissions
{
    internal const string LeaseExpired = "LeaseExpired";

    /// <inheritdoc/>
    public static Permissions Permissions { get; } = Permissions.None
        .Reads<Host>().Reads<Lease>(LeaseOptions.SystemNamespace)
        .ChangesStatus<Host>();

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!hosts.TryGet(key, out Host? host) || host.IsBeingDeleted)
        {
            clock.Forget(key.Name);
            return ReconcileResult.Done;
        }

        leases.TryGet(new ObjectKey(LeaseOptions.SystemNamespace, key.Name), out Lease? lease);
        TimeSpan remaining = clock.Remaining(key.Name, lease);
        Condition? ready = host.Status?.Conditions.Of("Ready");
        if (remaining <= TimeSpan.Zero)
        {
            if (ready?.Status != "False")
            {
                string message = lease is null
                    ? $"there is no Lease {LeaseOptions.SystemNamespace}/{key.Name}; is the agent running?"
                    : "the agent no longer renews its Lease; is the machine up, and does it reach the API server?";
                await SetReadyAsync(host, false, LeaseExpired, message, cancellationToken);
            }

            return ReconcileResult.Done;
        }

        if (ready is { Status: "False", Reason: LeaseExpired })
        {
            await SetReadyAsync(host, true, "LeaseRenewed", "the agent renews its Lease", cancellationToken);
        }

        return ReconcileResult.RequeueAfter(remaining + TimeSpan.FromMilliseconds(10));
    }

    private async Task SetReadyAsync(Host host, bool isReady, string reason, string message, CancellationToken cancellationToken)
    {
        Host? written = await client.UpdateStatusAsync(
            host,
            h =>
            {
                h.Status ??= new HostStatus();
                h.Status.Conditions = h.Status.Conditions.With("Ready", isReady, reason, message, h.Metadata.Generation, timeProvider.GetUtcNow());
            },
            cancellationToken);
        if (written is not null)
        {
            events.Record(host, isReady ? EventType.Normal : EventType.Warning, reason, message);
        }
    }
}
