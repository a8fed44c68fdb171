using System.Globalization;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Resources;
using Lodestone.Client.Controllers;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.Controllers.Access;

namespace Lodestone.Controllers.Networks;

/// <summary>Gives every <see cref="Network"/> a VNI, makes it Available, and protects it while it is in use.</summary>
/// <remarks>
/// Reads Network, NetworkID, NetworkInterface, LoadBalancer. Writes NetworkID, spec.providerID and the protection finalizer of Network,
/// Network/status and Events, nothing else. A VNI is taken by creating the NetworkID named after it. Networks of another provider
/// (their providerID isn't <c>lodestone://...</c>) are left alone entirely.
/// </remarks>
internal sealed class NetworkController(
    ILister<Network> networks,
    ILister<NetworkID> ids,
    ILister<NetworkInterface> interfaces,
    ILister<LoadBalancer> loadBalancers,
    ApiClient client,
    EventRecorder events,
    ControllerOptions options,
    Random random,
    TimeProvider timeProvider) : IDeclaresPermissions
{
    internal const string ProtectionFinalizer = "networking.ironcore.dev/network";

    private const string Scheme = "lodestone://";
    private const int MaxAttempts = 64;

    /// <inheritdoc/>
    public static Permissions Permissions { get; } = Permissions.None
        .Reads<Network>().Reads<NetworkID>().Reads<NetworkInterface>().Reads<LoadBalancer>()
        .Creates<NetworkID>().Changes<Network>().ChangesStatus<Network>();

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!networks.TryGet(key, out Network? network)
            || (network.Spec?.ProviderID is { Length: > 0 } providerId && !providerId.StartsWith(Scheme, StringComparison.Ordinal)))
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
        }
        else
        {
            int vni = await AllocateAsync(network, cancellationToken);
            Network? updated = await client.UpdateAsync(
                network,
                n =>
                {
                    AddFinalizer(n);
                    n.Spec ??= new NetworkSpec();
                    n.Spec.ProviderID = string.IsNullOrEmpty(n.Spec.ProviderID) ? $"{Scheme}{vni}" : n.Spec.ProviderID;
                },
                cancellationToken);
            if (updated is not null)
            {
                // By what is stored: somebody may have set a provider of his own meanwhile; his change wakes us.
                if (updated.Spec?.ProviderID == $"{Scheme}{vni}")
                {
                    await SetStateAsync(updated, true, "Allocated", $"VNI {vni}", cancellationToken);
                }
            }
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
                network, false, "InvalidProviderID", $"spec.providerID: \"{providerId}\" is not {Scheme} and a VNI from {options.MinVni} to {options.MaxVni}", cancellationToken);
            return;
        }

        NetworkID? holder = ids.TryGet(new ObjectKey("", NameOf(vni)), out NetworkID? known) ? known : await TryClaimAsync(network, vni, cancellationToken);
        if (holder is not null && holder.Spec.ClaimRef?.Uid != network.Metadata.Uid)
        {
            ClaimRef? claim = holder.Spec.ClaimRef;
            await SetStateAsync(network, false, "VNIConflict", $"VNI {vni} is held by Network {claim?.Namespace}/{claim?.Name}", cancellationToken);
            return;
        }

        if (await client.UpdateAsync(network, AddFinalizer, cancellationToken) is { } current)
        {
            await SetStateAsync(current, true, "Allocated", $"VNI {vni}", cancellationToken);
        }
    }

    private async Task<int> AllocateAsync(Network network, CancellationToken cancellationToken)
    {
        NetworkID? held = ids.ByIndex(Indexes.Claimer, network.Metadata.Uid ?? "").FirstOrDefault(i => !i.IsBeingDeleted);
        if (held is not null && int.TryParse(held.Metadata.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int vni))
        {
            return vni;
        }

        int count = options.MaxVni - options.MinVni + 1;
        int start;
        lock (random)
        {
            start = random.Next(count);
        }

        int attempts = 0;
        for (int i = 0; i < count && attempts < MaxAttempts; i++)
        {
            int candidate = options.MinVni + (int)(((long)start + i) % count);
            if (!ids.TryGet(new ObjectKey("", NameOf(candidate)), out _))
            {
                attempts++;
                if (await TryClaimAsync(network, candidate, cancellationToken) is null)
                {
                    return candidate;
                }
            }
        }

        if (attempts == 0)
        {
            await SetStateAsync(network, false, "NoFreeVNI", $"all {count} VNIs are in use; delete Networks", cancellationToken);
            throw new TerminalException($"no free VNI for Network {network.Key}");
        }

        throw new InvalidOperationException($"{attempts} VNIs were taken by others while Network {network.Key} tried them");
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
            .. interfaces.ByIndex(Indexes.Network, index).Select(n => $"NetworkInterface {n.Metadata.Name}")];
        if (users.Length > 0)
        {
            string more = users.Length > 3 ? $" and {users.Length - 3} more" : "";
            events.Record(network, EventType.Warning, "NetworkInUse", $"deletion waits for {string.Join(", ", users.Order(StringComparer.Ordinal).Take(3))}{more}");
            return;
        }

        await client.UpdateAsync(network, n => n.Metadata.Finalizers?.Remove(ProtectionFinalizer), cancellationToken);
    }

    private async Task SetStateAsync(Network network, bool isAvailable, string reason, string message, CancellationToken cancellationToken)
    {
        string? before = network.Status?.Conditions.Of("Ready")?.Reason;
        Network? written = await client.UpdateStatusAsync(
            network,
            n =>
            {
                n.Status ??= new NetworkStatus();
                n.Status.State = isAvailable ? "Available" : "Error";
                n.Status.Conditions = n.Status.Conditions.With("Ready", isAvailable, reason, message, n.Metadata.Generation, timeProvider.GetUtcNow());
            },
            cancellationToken);
        if (written is not null && before != reason)
        {
            events.Record(network, isAvailable ? EventType.Normal : EventType.Warning, reason, message);
        }
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
