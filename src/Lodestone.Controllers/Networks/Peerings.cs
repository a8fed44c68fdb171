using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Controllers.LoadBalancers;

namespace Lodestone.Controllers.Networks;

/// <summary>Decides which networks are peered, and what their status says of it. Pure: only what it is given decides.</summary>
/// <remarks>
/// Two networks are peered when each names the other in spec.peerings: nobody is connected against their will. What was agreed is kept in
/// spec.incomingPeerings of both, as in IronCore, with the UID of the other: a network that is made anew under the same name has to be
/// agreed with anew.
/// </remarks>
internal static class Peerings
{
    /// <summary>The network that a peering names; without a namespace one of the same.</summary>
    internal static ObjectKey KeyOf(Network network, NetworkPeering peering) =>
        KeyOf(network, peering.NetworkRef?.Namespace, peering.NetworkRef?.Name);

    /// <summary>The network that an incoming peering names; without a namespace one of the same.</summary>
    internal static ObjectKey KeyOf(Network network, NetworkPeeringClaimRef claim) => KeyOf(network, claim.Namespace, claim.Name);

    /// <summary>Every network that a network names, as wish or as agreed.</summary>
    internal static IEnumerable<ObjectKey> Named(Network network) =>
        (network.Spec?.Peerings ?? []).Select(p => KeyOf(network, p))
            .Concat((network.Spec?.IncomingPeerings ?? []).Select(c => KeyOf(network, c)))
            .Distinct();

    /// <summary>Every Prefix that the peerings of a network refer to.</summary>
    internal static IEnumerable<ObjectKey> Prefixes(Network network) =>
        (network.Spec?.Peerings ?? [])
            .SelectMany(p => p.Prefixes ?? [])
            .Where(p => p.PrefixRef is { Name.Length: > 0 })
            .Select(p => new ObjectKey(network.Metadata.Namespace ?? "", p.PrefixRef!.Name))
            .Distinct();

    /// <summary>Whether each names the other.</summary>
    internal static bool AreMutual(Network one, Network other) => Wishes(one, other.Key) && Wishes(other, one.Key);

    /// <summary>Whether <paramref name="other"/> needs <paramref name="network"/>: they are to be peered, or it has the peering as agreed. A wish that isn't returned holds nobody.</summary>
    internal static bool IsUsedBy(Network network, Network other) =>
        (AreMutual(network, other) && !NetworkController.IsForeign(other)) || HasAgreed(other, network);

    /// <summary>Whether a network has another, this very one, as agreed.</summary>
    internal static bool HasAgreed(Network network, Network other) =>
        network.Spec?.IncomingPeerings?.Exists(c =>
            KeyOf(network, c) == other.Key && (string.IsNullOrEmpty(c.Uid) || c.Uid == other.Metadata.Uid)) == true;

    /// <summary>What spec.incomingPeerings of a network is to be: what was agreed and is still mutual, then what both networks, being Available, newly agree on.</summary>
    /// <param name="network">The network.</param>
    /// <param name="find">Finds a network; null where there is none.</param>
    /// <returns>Null for none.</returns>
    internal static List<NetworkPeeringClaimRef>? Incoming(Network network, Func<ObjectKey, Network?> find)
    {
        var agreed = new List<NetworkPeeringClaimRef>();
        var seen = new HashSet<ObjectKey>();
        foreach (NetworkPeeringClaimRef claim in network.Spec?.IncomingPeerings ?? [])
        {
            if (find(KeyOf(network, claim)) is { } peer
                && (string.IsNullOrEmpty(claim.Uid) || claim.Uid == peer.Metadata.Uid)
                && AreMutual(network, peer)
                && seen.Add(peer.Key))
            {
                agreed.Add(ClaimOf(peer));
            }
        }

        if (!IsReady(network))
        {
            return agreed.Count > 0 ? agreed : null;
        }

        foreach (ObjectKey key in (network.Spec?.Peerings ?? []).Select(p => KeyOf(network, p)).OrderBy(k => k.ToString(), StringComparer.Ordinal))
        {
            if (find(key) is { } peer && IsReady(peer) && !NetworkController.IsForeign(peer) && AreMutual(network, peer) && seen.Add(key))
            {
                agreed.Add(ClaimOf(peer));
            }
        }

        return agreed.Count > 0 ? agreed : null;
    }

    /// <summary>The state of each peering, and the condition that sums them up; both null where the network wants none.</summary>
    /// <param name="network">The network.</param>
    /// <param name="find">Finds a network.</param>
    /// <param name="findPrefix">Finds a Prefix.</param>
    internal static (List<NetworkPeeringStatus>? States, Finding? Ready) Report(Network network, Func<ObjectKey, Network?> find, Func<ObjectKey, Prefix?> findPrefix)
    {
        List<NetworkPeering> wishes = network.Spec?.Peerings ?? [];
        if (wishes.Count == 0)
        {
            return (null, null);
        }

        var states = new List<NetworkPeeringStatus>();
        Finding? first = null;
        foreach (NetworkPeering wish in wishes)
        {
            ObjectKey key = KeyOf(network, wish);
            var prefixes = new List<PeeringPrefixStatus>();
            (string state, string reason, string message) = StateOf(network, key, find(key));
            if (state == PeeringStates.Ready)
            {
                (state, reason, message) = Resolve(network, wish, findPrefix, prefixes);
            }

            bool isReady = state == PeeringStates.Ready;
            first ??= isReady ? null : new Finding(false, reason, $"peering {wish.Name}: {message}");
            states.Add(new NetworkPeeringStatus { Name = wish.Name, State = state, Prefixes = isReady && prefixes.Count > 0 ? prefixes : null });
        }

        return (states, first ?? new Finding(true, "Agreed", $"{wishes.Count} of {wishes.Count} peerings are Ready"));
    }

    private static (string State, string Reason, string Message) StateOf(Network network, ObjectKey key, Network? peer) =>
        peer is null ? (PeeringStates.Pending, "PeerNotFound", $"Network {key} doesn't exist")
        : NetworkController.IsForeign(peer) ? (PeeringStates.Error, "PeerOfAnotherProvider", $"Network {key} is realised by another provider, {peer.Spec!.ProviderID}")
        : !Wishes(peer, network.Key) ? (PeeringStates.Pending, "NotMutual", $"Network {key} doesn't name {network.Key} in its spec.peerings")
        : HasAgreed(network, peer) && HasAgreed(peer, network) ? (PeeringStates.Ready, "", "")
        : !IsReady(network) ? (PeeringStates.Pending, "NetworkNotAvailable", $"Network {network.Key} is not Available")
        : !IsReady(peer) ? (PeeringStates.Pending, "NetworkNotAvailable", $"Network {key} is not Available")
        : (PeeringStates.Pending, "Agreeing", $"Network {key} is about to take note of it");

    private static (string State, string Reason, string Message) Resolve(
        Network network, NetworkPeering wish, Func<ObjectKey, Prefix?> findPrefix, List<PeeringPrefixStatus> prefixes)
    {
        foreach (PeeringPrefix wanted in wish.Prefixes ?? [])
        {
            string? value = wanted.Prefix;
            if (value is null)
            {
                if (wanted.PrefixRef is not { Name.Length: > 0 } reference)
                {
                    return (PeeringStates.Error, "PrefixNotGiven", $"prefix {wanted.Name} has neither prefix nor prefixRef");
                }

                Prefix? prefix = findPrefix(new ObjectKey(network.Metadata.Namespace ?? "", reference.Name));
                if (prefix is null)
                {
                    return (PeeringStates.Pending, "PrefixNotFound", $"Prefix {reference.Name} doesn't exist");
                }

                if (prefix.Status?.Phase != "Allocated" || prefix.Spec.Prefix is null)
                {
                    return (PeeringStates.Pending, "PrefixNotAllocated", $"Prefix {reference.Name} is not Allocated");
                }

                value = prefix.Spec.Prefix;
            }

            prefixes.Add(new PeeringPrefixStatus { Name = wanted.Name, Prefix = value });
        }

        return (PeeringStates.Ready, "", "");
    }

    private static ObjectKey KeyOf(Network network, string? scope, string? name) =>
        new(string.IsNullOrEmpty(scope) ? network.Metadata.Namespace ?? "" : scope, name ?? "");

    private static bool Wishes(Network network, ObjectKey other) => network.Spec?.Peerings?.Exists(p => KeyOf(network, p) == other) == true;

    private static bool IsReady(Network network) => network.Status?.State == "Available" && !network.IsBeingDeleted;

    private static NetworkPeeringClaimRef ClaimOf(Network peer) =>
        new() { Namespace = peer.Metadata.Namespace, Name = peer.Metadata.Name ?? "", Uid = peer.Metadata.Uid };
}
