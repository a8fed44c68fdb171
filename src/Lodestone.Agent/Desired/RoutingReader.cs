using System.Collections.Immutable;
using System.Net.Sockets;
using Lodestone.Agent.Apply;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Ring;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Agent.Desired;

/// <summary>Reads a LoadBalancerRouting into what rings are made of.</summary>
internal sealed class RoutingReader
{
    private const int MaxTransitionSeconds = 86_400;
    private const string KeyRemedy = "upgrade the agent to the controllers' release";

    private readonly Dictionary<ulong, TargetModel> _targets = [];
    private readonly Dictionary<AddressFamily, SortedSet<ulong>> _checked = new() { [AddressFamily.InterNetwork] = [], [AddressFamily.InterNetworkV6] = [] };
    private readonly QuicReader? _quic;
    private string? _error;

    private RoutingReader(RoutingQuic? quic)
    {
        _quic = quic is null ? null : new QuicReader(quic);
        _error = _quic?.Error;
    }

    /// <summary>UID and resourceVersion: what <see cref="RoutingModel.Version"/> becomes.</summary>
    public static string VersionOf(LoadBalancerRouting routing) => $"{routing.Metadata.Uid}/{routing.Metadata.ResourceVersion}";

    /// <summary>Reads the routing; false, with the first error, where it cannot be read.</summary>
    public static bool TryRead(LoadBalancerRouting routing, out RoutingModel model, out string error)
    {
        var reader = new RoutingReader(routing.Policy?.Quic);
        RingHistory ipv4 = reader.ReadFamily(routing, AddressFamily.InterNetwork);
        RingHistory ipv6 = reader.ReadFamily(routing, AddressFamily.InterNetworkV6);
        model = new RoutingModel(VersionOf(routing), ipv4, ipv6, reader._targets.ToImmutableDictionary())
        {
            RingGeneration = routing.RingGeneration,
            HasMachines = reader._targets.Values.Any(target => target.Plain is not null),
            AnyFragment = routing.Policy?.Fragments is not null,
            Quic = reader._error is null ? reader._quic?.ToModel() : null,
            Announcement = routing.Policy?.Announcement ?? AnnouncementModes.Auto,
            DropsPings = routing.Policy?.Echo is not null,
            Translates = routing.Policy?.Delivery is not null,
            Encapsulation = reader.ReadEncapsulation(routing.Policy?.Encapsulation),
            LateWindow = reader.ReadWindow(routing.Policy?.TransitionSeconds),
            HealthCheck = routing.Policy?.HealthCheck,
            CheckedIPv4 = [.. reader._checked[AddressFamily.InterNetwork]],
            CheckedIPv6 = [.. reader._checked[AddressFamily.InterNetworkV6]],
            UdpUntil = routing.RingHistory?.Select(change => (DateTimeOffset?)(change.UdpUntil ?? change.Until)).Max(),
        };
        error = reader._error ?? "";
        return reader._error is null;
    }

    private RingHistory ReadFamily(LoadBalancerRouting routing, AddressFamily family)
    {
        // A plain host takes packets of either family inside, so one address does for both rings where the other has none.
        bool takesOthers = routing.Destinations?.Exists(d => IpText.TryParse(d.Ip, out IPAddress? ip) && ip.AddressFamily == family) != true;
        var destinations = new List<WeightedTarget>();
        for (int i = 0; i < (routing.Destinations?.Count ?? 0); i++)
        {
            LoadBalancerDestination destination = routing.Destinations![i];
            Add(destinations, $"destinations[{i}]", family, takesOthers, destination.Ip, destination.Uid, destination.TargetRef, destination.Weight);
        }

        bool isChecked = routing.Policy?.HealthCheck is not null;
        if (isChecked)
        {
            AddChecked(destinations, family);
        }

        var draining = new List<DrainingTarget>();
        for (int i = 0; i < (routing.Draining?.Count ?? 0); i++)
        {
            LoadBalancerDraining leaving = routing.Draining![i];
            var read = new List<WeightedTarget>(1);
            Add(read, $"draining[{i}]", family, takesOthers, leaving.Ip, leaving.Uid, leaving.TargetRef, null);
            draining.AddRange(read.Select(leaver => new DrainingTarget(leaver.Target, leaving.Deadline)));
            if (isChecked && leaving.Unhealthy == true)
            {
                AddChecked(read, family);
            }
        }

        var changes = new List<TargetChange>();
        for (int i = 0; i < (routing.RingHistory?.Count ?? 0); i++)
        {
            RingChange change = routing.RingHistory![i];
            changes.Add(new TargetChange(
                change.Generation,
                change.Until,
                ReadMembers(change.Added, $"ringHistory[{i}].added", family, takesOthers),
                ReadMembers(change.Removed, $"ringHistory[{i}].removed", family, takesOthers),
                change.KeyBefore is null ? null : ReadKey(change.KeyBefore, $"ringHistory[{i}].keyBefore"))
            {
                Since = change.Since,
            });
        }

        return new RingHistory(destinations, changes, draining, ReadKey(routing.Policy?.Key, "policy.key"));
    }

    /// <summary>A plain host has no agent that could check it in the way that its packets take.</summary>
    private void AddChecked(List<WeightedTarget> targets, AddressFamily family) =>
        _checked[family].UnionWith(targets.Select(target => target.Target).Where(target => _targets[target].Plain is null));

    private SlotKey ReadKey(RoutingKey? key, string path)
    {
        switch (key?.By)
        {
            case null or RoutingKey.Flow:
                return default;
            case RoutingKey.AddressPair:
                return new SlotKey(ByClient: true, ByProtocol: true, 32, 128);
            case RoutingKey.Client:
                return new SlotKey(
                    ByClient: true,
                    ByProtocol: false,
                    ReadLength(key.Ipv4PrefixLength, 32, $"{path}.ipv4PrefixLength"),
                    ReadLength(key.Ipv6PrefixLength, 128, $"{path}.ipv6PrefixLength"));
            default:
                _error ??= $"{path}.by: \"{key.By}\" is not known here; {KeyRemedy}";
                return default;
        }
    }

    private Encapsulation ReadEncapsulation(string? encapsulation)
    {
        if (!Encapsulations.TryParse(encapsulation, out Encapsulation read))
        {
            _error ??= $"policy.encapsulation: \"{encapsulation}\" is not known here; {KeyRemedy}";
        }

        return read;
    }

    private TimeSpan ReadWindow(int? seconds)
    {
        if (seconds is < 1 or > MaxTransitionSeconds)
        {
            _error ??= $"policy.transitionSeconds: {seconds} is not between 1 and {MaxTransitionSeconds}";
            return LateWindows.Length;
        }

        return seconds is { } length ? TimeSpan.FromSeconds(length) : LateWindows.Length;
    }

    private byte ReadLength(int? length, byte most, string path)
    {
        if (length < 0 || length > most)
        {
            _error ??= $"{path}: {length} is not between 0 and {most}";
            return most;
        }

        return (byte?)length ?? most;
    }

    private byte ReadWeight(int? weight, string path)
    {
        if (weight is < 0 or > byte.MaxValue)
        {
            _error ??= $"{path}.weight: {weight} is not between 0 and {byte.MaxValue}";
            return WeightedTarget.DefaultWeight;
        }

        return (byte?)weight ?? WeightedTarget.DefaultWeight;
    }

    private ImmutableArray<WeightedTarget> ReadMembers(List<RingMember>? members, string path, AddressFamily family, bool takesOthers)
    {
        var read = new List<WeightedTarget>();
        for (int i = 0; i < (members?.Count ?? 0); i++)
        {
            if (TryParse(members![i].Ip, $"{path}[{i}].ip", out IPAddress address)
                && IsOfRing(address, family, takesOthers, isPlain: string.IsNullOrEmpty(members[i].Uid)))
            {
                read.Add(new WeightedTarget(TargetHash.Of(IdentityOf(members[i].Uid, address)), ReadWeight(members[i].Weight, $"{path}[{i}]")));
            }
        }

        return [.. read];
    }

    private void Add(
        List<WeightedTarget> into, string path, AddressFamily family, bool takesOthers, string? ip, string? uid, LoadBalancerTargetRef? reference, int? weight)
    {
        string? named = reference is { Uid.Length: > 0 } ? reference.Uid : uid;
        bool isPlain = string.IsNullOrEmpty(named);
        if (!TryParse(ip, $"{path}.ip", out IPAddress address) || !IsOfRing(address, family, takesOthers, isPlain))
        {
            return;
        }

        if (isPlain && reference is not null)
        {
            _error ??= $"{path}.targetRef has no uid; name the NetworkInterface's, or leave targetRef out to encapsulate to {address}";
            return;
        }

        if (isPlain && !IsHost(address))
        {
            _error ??= $"{path}.ip: {address} is no address of a host that packets could be encapsulated to";
            return;
        }

        string identity = IdentityOf(named, address);
        ulong target = TargetHash.Of(identity);
        into.Add(new WeightedTarget(target, ReadWeight(weight, path)));
        _quic?.Add(family, address, target);
        var model = new TargetModel(target, identity, reference?.ProviderID ?? "") { Plain = isPlain ? address : null };
        if (_targets.TryAdd(target, model) || _targets[target].Uid == identity)
        {
            return;
        }

        _error ??= $"{path}: {identity} and {_targets[target].Uid} have the same identity on the underlay; re-create one of them";
    }

    /// <summary>What a target is known by: its UID, or the address of a plain one in its one form.</summary>
    private static string IdentityOf(string? uid, IPAddress address) => string.IsNullOrEmpty(uid) ? address.ToString() : uid;

    private static bool IsOfRing(IPAddress address, AddressFamily family, bool takesOthers, bool isPlain) =>
        address.AddressFamily == family || (isPlain && takesOthers);

    /// <summary>Whether an address is one that a host may have and be reached at over a router.</summary>
    private static bool IsHost(IPAddress address)
    {
        byte first = address.GetAddressBytes()[0];
        return !IPAddress.IsLoopback(address)
            && !address.Equals(IPAddress.IPv6Any)
            && (address.AddressFamily == AddressFamily.InterNetwork ? first is not (0 or >= 224) : first != 0xff && !address.IsIPv6LinkLocal);
    }

    private bool TryParse(string? ip, string path, out IPAddress address)
    {
        if (IpText.TryParse(ip, out IPAddress? parsed))
        {
            address = parsed;
            return true;
        }

        _error ??= $"{path}: \"{ip}\" is not an IPv4 or IPv6 address";
        address = IPAddress.None;
        return false;
    }
}
