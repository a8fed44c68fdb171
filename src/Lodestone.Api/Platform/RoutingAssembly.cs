using System.Runtime.CompilerServices;
using Lodestone.Api.Networking;

namespace Lodestone.Api.Platform;

/// <summary>Puts a routing and its slices together again.</summary>
public static class RoutingAssembly
{
    /// <summary>Put together once for each object that an informer holds: whoever asks again gets the same.</summary>
    private static readonly ConditionalWeakTable<LoadBalancerRouting, LoadBalancerRouting> Known = [];

    /// <summary>The whole routing, as if it were one object; false, with what is missing, where its slices are not all there as listed.</summary>
    /// <param name="routing">The routing, which is not modified afterwards. One without slices is whole.</param>
    /// <param name="find">Finds a slice of the routing's namespace by its name; null where there is none. It is not modified afterwards.</param>
    /// <param name="whole">Everything the routing says, sorted as the routing is. Not to be modified: it shares its parts.</param>
    /// <param name="missing">What is missing, for a person; empty where nothing is.</param>
    public static bool TryAssemble(LoadBalancerRouting routing, Func<string, LoadBalancerRoutingSlice?> find, out LoadBalancerRouting whole, out string missing)
    {
        ArgumentNullException.ThrowIfNull(routing);
        ArgumentNullException.ThrowIfNull(find);
        whole = routing;
        missing = "";
        if (routing.Slices is not { Count: > 0 } listed)
        {
            return true;
        }

        if (Known.TryGetValue(routing, out LoadBalancerRouting? known))
        {
            whole = known;
            return true;
        }

        var slices = new List<LoadBalancerRoutingSlice>(listed.Count);
        foreach (RoutingSliceRef reference in listed)
        {
            LoadBalancerRoutingSlice? slice = find(reference.Name);
            missing = slice is null ? $"LoadBalancerRoutingSlice {reference.Name} is not there"
                : !IsPartOf(slice, routing) ? $"LoadBalancerRoutingSlice {reference.Name} is part of another routing"
                : RoutingFingerprint.OfShared(slice) != reference.Fingerprint ? $"LoadBalancerRoutingSlice {reference.Name} is not as the routing lists it"
                : missing;
            if (missing.Length > 0)
            {
                return false;
            }

            slices.Add(slice!);
        }

        whole = Assemble(routing, slices);
        Known.AddOrUpdate(routing, whole);
        return true;
    }

    /// <summary>Whether a slice is the one that a routing lists, by owner and content. It is not modified afterwards.</summary>
    public static bool IsAsListed(LoadBalancerRoutingSlice slice, LoadBalancerRouting routing, RoutingSliceRef reference)
    {
        ArgumentNullException.ThrowIfNull(slice);
        ArgumentNullException.ThrowIfNull(routing);
        ArgumentNullException.ThrowIfNull(reference);
        return IsPartOf(slice, routing) && RoutingFingerprint.OfShared(slice) == reference.Fingerprint;
    }

    /// <summary>What the routing and these of its slices say together.</summary>
    public static LoadBalancerRouting Assemble(LoadBalancerRouting routing, IReadOnlyCollection<LoadBalancerRoutingSlice> slices)
    {
        ArgumentNullException.ThrowIfNull(routing);
        ArgumentNullException.ThrowIfNull(slices);
        List<LoadBalancerDestination> destinations = [.. slices.SelectMany(s => s.Destinations ?? [])];
        destinations.Sort((a, b) => Compare(Uid(a.TargetRef, a.Uid), a.Ip, Uid(b.TargetRef, b.Uid), b.Ip));
        List<LoadBalancerDraining> draining = [.. slices.SelectMany(s => s.Draining ?? [])];
        draining.Sort((a, b) => Compare(Uid(a.TargetRef, a.Uid), a.Ip, Uid(b.TargetRef, b.Uid), b.Ip));
        ILookup<long, RingMembers> members = slices.SelectMany(s => s.RingHistory ?? []).ToLookup(h => h.Generation);
        return new LoadBalancerRouting
        {
            ApiVersion = routing.ApiVersion,
            Kind = routing.Kind,
            Metadata = routing.Metadata,
            NetworkRef = routing.NetworkRef,
            Destinations = destinations,
            RingGeneration = routing.RingGeneration,
            Policy = routing.Policy,
            RingHistory = routing.RingHistory?.ConvertAll(change => new RingChange
            {
                Generation = change.Generation,
                Since = change.Since,
                Until = change.Until,
                UdpUntil = change.UdpUntil,
                KeyBefore = change.KeyBefore,
                Added = Merge(members[change.Generation].SelectMany(m => m.Added ?? [])),
                Removed = Merge(members[change.Generation].SelectMany(m => m.Removed ?? [])),
            }),
            Draining = draining.Count > 0 ? draining : null,
        };
    }

    private static bool IsPartOf(LoadBalancerRoutingSlice slice, LoadBalancerRouting routing) => slice.RoutingRef?.Uid == routing.Metadata.Uid;

    private static List<RingMember>? Merge(IEnumerable<RingMember> members)
    {
        List<RingMember> list = [.. members];
        list.Sort((a, b) => Compare(a.Uid, a.Ip, b.Uid, b.Ip));
        return list.Count > 0 ? list : null;
    }

    private static string? Uid(LoadBalancerTargetRef? target, string? uid) => target?.Uid ?? uid;

    private static int Compare(string? uidA, string? ipA, string? uidB, string? ipB)
    {
        int byUid = string.CompareOrdinal(uidA ?? "", uidB ?? "");
        return byUid != 0 ? byUid : string.CompareOrdinal(ipA ?? "", ipB ?? "");
    }
}
