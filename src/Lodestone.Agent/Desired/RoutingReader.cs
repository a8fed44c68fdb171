using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Ring;

namespace Lodestone.Agent.Desired;

/// <summary>Reads a LoadBalancerRouting into what rings are made of.</summary>
internal sealed class RoutingReader
{
    private readonly Dictionary<ulong, TargetModel> _targets = [];
    private string? _error;

    private RoutingReader()
    {
    }

    /// <summary>UID and resourceVersion: what <see cref="RoutingModel.Version"/> becomes.</summary>
    public static string VersionOf(LoadBalancerRouting routing) => $"{routing.Metadata.Uid}/{routing.Metadata.ResourceVersion}";

    /// <summary>Reads the routing; false, with the first error, where it cannot be read.</summary>
    public static bool TryRead(LoadBalancerRouting routing, out RoutingModel model, out string error)
    {
        var reader = new RoutingReader();
        RingHistory ipv4 = reader.ReadFamily(routing, AddressFamily.InterNetwork);
        RingHistory ipv6 = reader.ReadFamily(routing, AddressFamily.InterNetworkV6);
        model = new RoutingModel(VersionOf(routing), ipv4, ipv6, reader._targets.ToImmutableDictionary())
        {
            RingGeneration = routing.RingGeneration,
            UdpUntil = routing.RingHistory?.Select(change => (DateTimeOffset?)(change.UdpUntil ?? change.Until)).Max(),
        };
        error = reader._error ?? "";
        return reader._error is null;
    }

    private RingHistory ReadFamily(LoadBalancerRouting routing, AddressFamily family)
    {
        var destinations = new List<ulong>();
        for (int i = 0; i < (routing.Destinations?.Count ?? 0); i++)
        {
            LoadBalancerDestination destination = routing.Destinations![i];
            Add(destinations, $"destinations[{i}]", family, destination.Ip, destination.Uid, destination.TargetRef);
        }

        var draining = new List<DrainingTarget>();
        for (int i = 0; i < (routing.Draining?.Count ?? 0); i++)
        {
            LoadBalancerDraining leaving = routing.Draining![i];
            var read = new List<ulong>(1);
            Add(read, $"draining[{i}]", family, leaving.Ip, leaving.Uid, leaving.TargetRef);
            draining.AddRange(read.Select(target => new DrainingTarget(target, leaving.Deadline)));
        }

        var changes = new List<TargetChange>();
        for (int i = 0; i < (routing.RingHistory?.Count ?? 0); i++)
        {
            RingChange change = routing.RingHistory![i];
            changes.Add(new TargetChange(
                change.Generation,
                change.Until,
                ReadMembers(change.Added, $"ringHistory[{i}].added", family),
                ReadMembers(change.Removed, $"ringHistory[{i}].removed", family)));
        }

        return new RingHistory(destinations, changes, draining);
    }

    private ImmutableArray<ulong> ReadMembers(List<RingMember>? members, string path, AddressFamily family)
    {
        var read = new List<ulong>();
        for (int i = 0; i < (members?.Count ?? 0); i++)
        {
            if (HasFamily(members![i].Ip, $"{path}[{i}].ip", family) && Identify(members[i].Uid, $"{path}[{i}]") is { } uid)
            {
                read.Add(TargetHash.Of(uid));
            }
        }

        return [.. read];
    }

    private void Add(List<ulong> into, string path, AddressFamily family, string? ip, string? uid, LoadBalancerTargetRef? reference)
    {
        if (!HasFamily(ip, $"{path}.ip", family) || Identify(reference is { Uid.Length: > 0 } ? reference.Uid : uid, path) is not { } identity)
        {
            return;
        }

        ulong target = TargetHash.Of(identity);
        into.Add(target);
        if (_targets.TryAdd(target, new TargetModel(target, identity, reference?.ProviderID ?? "")) || _targets[target].Uid == identity)
        {
            return;
        }

        _error ??= $"{path}: {identity} and {_targets[target].Uid} have the same identity on the underlay; re-create one of them";
    }

    private bool HasFamily(string? ip, string path, AddressFamily family)
    {
        if (!IpText.TryParse(ip, out IPAddress? address))
        {
            _error ??= $"{path}: \"{ip}\" is not an IPv4 or IPv6 address";
            return false;
        }

        return address.AddressFamily == family;
    }

    private string? Identify(string? uid, string path)
    {
        if (string.IsNullOrEmpty(uid))
        {
            _error ??= $"{path}: a plain address without a targetRef is not served; name a NetworkInterface";
            return null;
        }

        return uid;
    }
}
