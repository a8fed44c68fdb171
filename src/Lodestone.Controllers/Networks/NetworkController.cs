using System.Globalization;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Resources;
using Lodestone.Client.Controllers;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;

namespace Lodestone.Controllers.Networks;

/// <summary>Gives every <see cref="Network"/> a VNI, makes it Available, and protects it while it is in use.</summary>
/// <remarks>
/// Reads Network, NetworkID, NetworkInterface, LoadBalancer. Writes NetworkID, spec.providerID and the protection finalizer of Network,
/// Network/status and Events, nothing else. A VNI is taken by creating the NetworkID named after it. Networks of another provider
/// (their providerID isn't <c>lodestone://...</c>) are left alone entirely. In use is a network that has load balancers or interfaces,
/// or that another one, of whatever namespace, is peered with.
/// </remarks>
internal sealed class NetworkController(
    ILister<Network> networks,
    ILister<NetworkID> ids,
    ILister<NetworkInterface> interfaces,
    ILister<LoadBalancer> loadBalancers,
    ApiClient client,
    EventRecorder events,
    ControllerOptions options,
    VniSpace space,
    Random random,
    TimeProvider timeProvider) : IReconciler
{
    internal const string ProtectionFinalizer = "networking.ironcore.dev/network";

    private const string Scheme = "lodestone://";
    private const string Available = "Available";
    private const string Pending = "Pending";
    private const string Error = "Error";
    private const int MaxAttempts = 64;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!networks.TryGet(key, out Network? network) || IsForeign(network))
        {
            return ReconcileResult.Done;
        }

        if (network.IsBeingDeleted)
        {
            await FinalizeAsync(network, cancellationToken);
            return ReconcileResult.Done;
        }

        if (network.Spec?.ProviderID is { Length: > 0 } wanted)
        {
            await EnsureClaimAsync(network, wanted, cancellationToken);
            return ReconcileResult.Done;
        }

        return await EnsureVniAsync(network, cancellationToken);
    }

    /// <summary>Whether somebody else realises the network.</summary>
    internal static bool IsForeign(Network network) =>
        network.Spec?.ProviderID is { Length: > 0 } providerId && !providerId.StartsWith(Scheme, StringComparison.Ordinal);

    /// <summary>What spec.providerID of a network with that VNI is.</summary>
    internal static string ProviderIdOf(string vni) => Scheme + vni;

    private async Task<ReconcileResult> EnsureVniAsync(Network network, CancellationToken cancellationToken)
    {
        Network? current = string.IsNullOrEmpty(network.Status?.State)
            ? await SetStateAsync(network, Pending, "Allocating", "a VNI is about to be allocated", cancellationToken)
            : network;
        if (current is null)
        {
            return ReconcileResult.Done;
        }

        if (await AllocateAsync(current, cancellationToken) is not { } vni)
        {
            if (!space.IsFull)
            {
                // Others were faster, time and again, or took some that the cache doesn't show yet.
                return ReconcileResult.RequeueAfter(RetryDelay);
            }

            await SetStateAsync(
                current, Pending, "NoFreeVNI", $"all {options.MaxVni - options.MinVni + 1} VNIs are in use; delete Networks that nobody needs", cancellationToken);
            return ReconcileResult.Done;
        }

        string providerId = ProviderIdOf(NameOf(vni));
        Network? updated = await client.UpdateAsync(
            current,
            n =>
            {
                if (string.IsNullOrEmpty(n.Spec?.ProviderID))
                {
                    AddFinalizer(n);
                    (n.Spec ??= new NetworkSpec()).ProviderID = providerId;
                }
            },
            cancellationToken);

        // By what is stored: somebody may have set a provider of his own meanwhile; his change wakes us, and the VNI is given back.
        if (updated?.Spec?.ProviderID == providerId)
        {
            await SetStateAsync(updated, Available, "Allocated", $"VNI {vni}", cancellationToken);
        }

        return ReconcileResult.Done;
    }

    /// <summary>For a Network that has its providerID, from us or from its author: the VNI must be its own.</summary>
    private async Task EnsureClaimAsync(Network network, string providerId, CancellationToken cancellationToken)
    {
        if (!int.TryParse(providerId.AsSpan(Scheme.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int vni)
            || vni < options.MinVni
            || vni > options.MaxVni)
        {
            await SetStateAsync(
                network, Error, "InvalidProviderID", $"spec.providerID: \"{providerId}\" is not {Scheme} and a VNI from {options.MinVni} to {options.MaxVni}", cancellationToken);
            return;
        }

        NetworkID? holder = ids.TryGet(new ObjectKey("", NameOf(vni)), out NetworkID? known) ? known : await TryClaimAsync(network, vni, cancellationToken);
        if (holder is not null && holder.Spec.ClaimRef?.Uid != network.Metadata.Uid)
        {
            ClaimRef? claim = holder.Spec.ClaimRef;
            await SetStateAsync(network, Error, "VNIConflict", $"VNI {vni} is held by Network {claim?.Namespace}/{claim?.Name}", cancellationToken);
            return;
        }

        if (await client.UpdateAsync(network, AddFinalizer, cancellationToken) is { } current)
        {
            await SetStateAsync(current, Available, "Allocated", $"VNI {vni}", cancellationToken);
        }
    }

    /// <summary>The VNI that the network holds or is given; null: none was free, or all that were tried were taken meanwhile.</summary>
    private async Task<int?> AllocateAsync(Network network, CancellationToken cancellationToken)
    {
        NetworkID? held = ids.ByIndex(Indexes.Claimer, network.Metadata.Uid ?? "").FirstOrDefault(i => !i.IsBeingDeleted);
        if (held is not null && int.TryParse(held.Metadata.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int vni))
        {
            return vni;
        }

        int next;
        lock (random)
        {
            next = random.Next(options.MinVni, options.MaxVni + 1);
        }

        for (int attempt = 0; attempt < MaxAttempts && space.TryFindFree(next, out int candidate); attempt++)
        {
            if (!ids.TryGet(new ObjectKey("", NameOf(candidate)), out _) && await TryClaimAsync(network, candidate, cancellationToken) is null)
            {
                return candidate;
            }

            next = candidate + 1;
        }

        return null;
    }

    /// <summary>Takes a VNI. Null: it is the network's; else the object that holds it.</summary>
    private async Task<NetworkID?> TryClaimAsync(Network network, int vni, CancellationToken cancellationToken)
    {
        var id = new NetworkID
        {
            Metadata = new ObjectMeta { Name = NameOf(vni) },
            Spec = new NetworkIDSpec
            {
                ClaimRef = new ClaimRef
                {
                    Group = ResourceDefinitions.Network.Group,
                    Resource = ResourceDefinitions.Network.Plural,
                    Namespace = network.Metadata.Namespace,
                    Name = network.Metadata.Name ?? "",
                    Uid = network.Metadata.Uid ?? "",
                },
            },
        };
        try
        {
            await client.CreateAsync(id, cancellationToken);
            return null;
        }
        catch (ApiException exception) when (exception.IsAlreadyExists)
        {
            NetworkID? holder = await client.TryGetAsync<NetworkID>(id.Key, cancellationToken);
            if (holder is null)
            {
                throw;
            }

            return holder.Spec.ClaimRef?.Uid == network.Metadata.Uid ? null : holder;
        }
    }

    private async Task FinalizeAsync(Network network, CancellationToken cancellationToken)
    {
        if (network.Metadata.Finalizers?.Contains(ProtectionFinalizer) != true)
        {
            return;
        }

        string index = Indexes.NetworkOf(network.Metadata.Namespace ?? "", network.Metadata.Name ?? "");
        string[] users = [
            .. loadBalancers.ByIndex(Indexes.Network, index).Select(l => $"LoadBalancer {l.Metadata.Name}"),
            .. interfaces.ByIndex(Indexes.Network, index).Select(n => $"NetworkInterface {n.Metadata.Name}"),

            // Two that are peered and both to go don't wait for each other.
            .. networks.ByIndex(Indexes.Peer, network.Key.ToString())
                .Where(n => !n.IsBeingDeleted && Peerings.IsUsedBy(network, n))
                .Select(n => $"the peering with Network {n.Key}")];
        if (users.Length > 0)
        {
            string more = users.Length > 3 ? $" and {users.Length - 3} more" : "";
            events.Record(network, EventType.Warning, "NetworkInUse", $"deletion waits for {string.Join(", ", users.Order(StringComparer.Ordinal).Take(3))}{more}");
            return;
        }

        await client.UpdateAsync(network, n => n.Metadata.Finalizers?.Remove(ProtectionFinalizer), cancellationToken);
    }

    private async Task<Network?> SetStateAsync(Network network, string state, string reason, string message, CancellationToken cancellationToken)
    {
        string? before = network.Status?.Conditions.Of("Ready")?.Reason;
        Network? written = await client.UpdateStatusAsync(
            network,
            n =>
            {
                n.Status ??= new NetworkStatus();
                n.Status.State = state;
                n.Status.Conditions = n.Status.Conditions.With("Ready", state == Available, reason, message, n.Metadata.Generation, timeProvider.GetUtcNow());
            },
            cancellationToken);
        if (written is not null && before != reason && reason != "Allocating")
        {
            events.Record(network, state == Available ? EventType.Normal : EventType.Warning, reason, message);
        }

        return written;
    }

    private static void AddFinalizer(Network network)
    {
        if (network.IsBeingDeleted || network.Metadata.Finalizers?.Contains(ProtectionFinalizer) == true)
        {
            return;
        }

        (network.Metadata.Finalizers ??= []).Add(ProtectionFinalizer);
    }

    private static string NameOf(int vni) => vni.ToString(CultureInfo.InvariantCulture);
}
