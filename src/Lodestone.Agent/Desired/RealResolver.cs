using System.Net;
using System.Net.Sockets;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Resources;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Agent.Desired;

/// <summary>Finds the way to targets: a device of this machine, or another machine's underlay.</summary>
internal sealed class RealResolver
{
    private const string MacAttribute = "macAddress";

    private readonly WorldSnapshot _world;
    private readonly InterfaceIndex _interfaces;
    private readonly Dictionary<string, Host> _hosts = new(StringComparer.Ordinal);
    private HashSet<IPAddress>? _addresses;

    /// <param name="world">Hosts, devices and next hops; nothing else is read of it.</param>
    /// <param name="interfaces">Network interfaces.</param>
    public RealResolver(WorldSnapshot world, InterfaceIndex interfaces)
    {
        _world = world;
        _interfaces = interfaces;
        foreach (Host host in world.Hosts)
        {
            _hosts[host.Metadata.Name ?? ""] = host;
        }
    }

    /// <summary>The first address of a family in <paramref name="host"/>'s spec: other machines reach it there. Null without one.</summary>
    public static IPAddress? UnderlayAddressOf(Host host, AddressFamily family)
    {
        foreach (string text in host.Spec.UnderlayAddresses ?? [])
        {
            if (IpText.TryParse(text, out IPAddress? address) && address.AddressFamily == family)
            {
                return address;
            }
        }

        return null;
    }

    /// <summary>The way to a target. Where there is none, <paramref name="reason"/> says why.</summary>
    /// <param name="target">The target.</param>
    /// <param name="encapsulation">Where the target is on another machine; what is for plain addresses does not concern network interfaces, nor the other way round.</param>
    /// <param name="reason">Null where there is a way.</param>
    public RealModel Resolve(TargetModel target, Encapsulation encapsulation, out string? reason)
    {
        if (target.Plain is { } address)
        {
            return ResolvePlain(target, address, encapsulation, out reason);
        }

        NetworkInterface? nic = _interfaces.Find(target.Uid);
        string providerId = nic?.Spec.ProviderID is { Length: > 0 } own
            ? own
            : target.ProviderId;
        if (!ProviderId.TryParse(providerId, out ProviderId place))
        {
            reason = $"network interface {target.Uid} does not say where it lives: spec.providerID is \"{providerId}\"";
            return Unknown(target);
        }

        return place.Host == _world.HostName
            ? ResolveLocal(target, nic, place, out reason)
            : ResolveRemote(target, place, encapsulation, out reason);
    }

    private RealModel ResolveLocal(TargetModel target, NetworkInterface? nic, ProviderId place, out string? reason)
    {
        IPAddress outer = UnderlayAddress.Derive(_world.Underlay.Prefix, target.Target);
        if (!_world.Devices.TryGetValue(place.Device, out LocalDevice? device))
        {
            reason = $"device {place.Device} does not exist on {place.Host}";
            return new RealModel(target.Target, RealKind.None, 0, 0, default, default, outer);
        }

        reason = null;
        return new RealModel(target.Target, KindOf(device), device.Index, device.MtuBytes, MacOf(nic), device.Mac, outer);
    }

    private RealModel ResolveRemote(TargetModel target, ProviderId place, Encapsulation encapsulation, out string? reason)
    {
        if (!_hosts.TryGetValue(place.Host, out Host? host))
        {
            reason = $"host {place.Host} is not registered";
            return Unknown(target);
        }

        IPAddress? overIPv6 = CommonAddress(host, AddressFamily.InterNetworkV6);
        IPAddress? overIPv4 = CommonAddress(host, AddressFamily.InterNetwork);
        bool hasPrefix = IPNetwork.TryParse(host.Spec.UnderlayPrefix, out IPNetwork prefix)
            && prefix.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6
            && prefix.PrefixLength == 64;
        if (encapsulation != Encapsulation.Geneve && overIPv6 is not null && hasPrefix)
        {
            return Remote(target, RealKind.Encap, overIPv6, UnderlayAddress.Derive(prefix, target.Target), $"host {place.Host}", out reason);
        }

        if (encapsulation == Encapsulation.IPv6 || (overIPv6 ?? overIPv4) is not { } via)
        {
            reason = encapsulation == Encapsulation.IPv6
                ? $"host {place.Host} and this one do not both have an IPv6 underlay address, and {place.Host} a /64 underlay prefix"
                : $"host {place.Host} is not registered with an underlay address of a family that this host has";
            return Unknown(target);
        }

        via = encapsulation == Encapsulation.Geneve ? via : overIPv4 ?? via;
        if (_interfaces.HolderOf(place.Host, NicNumber.Of(target.Target)) is { } holder && holder.Metadata.Uid != target.Uid)
        {
            reason = $"network interface {target.Uid} has the same number on host {place.Host} as the older {holder.Key}; re-create it";
            return Unknown(target);
        }

        RealKind form = via.AddressFamily == AddressFamily.InterNetwork ? RealKind.GeneveIPv4 : RealKind.GeneveIPv6;
        return Remote(target, form, via, via, $"host {place.Host}", out reason);
    }

    /// <summary>A machine itself: one that is a Host, whose agent hands packets on to its network stack, or one without an agent that decapsulates by itself.</summary>
    private RealModel ResolvePlain(TargetModel target, IPAddress address, Encapsulation encapsulation, out string? reason)
    {
        bool isIPv4 = address.AddressFamily == AddressFamily.InterNetwork;
        if (address.Equals(_world.Underlay.AddressOf(address.AddressFamily)))
        {
            reason = null;
            return new RealModel(target.Target, RealKind.Stack, _world.Underlay.Uplink.Index, _world.Underlay.Uplink.MtuBytes, default, default, address);
        }

        _addresses ??= [.. _world.Hosts.SelectMany(host => host.Spec.UnderlayAddresses ?? []).Select(text => IpText.TryParse(text, out IPAddress? ip) ? ip : null).OfType<IPAddress>()];
        bool isHost = _addresses.Contains(address);
        RealKind form = encapsulation switch
        {
            Encapsulation.Gue => isIPv4 ? RealKind.GueIPv4 : RealKind.GueIPv6,
            Encapsulation.Geneve when isHost => isIPv4 ? RealKind.GeneveIPv4 : RealKind.GeneveIPv6,
            Encapsulation.Auto or Encapsulation.IPv6 when isHost && isIPv4 => RealKind.GeneveIPv4,
            _ => isIPv4 ? RealKind.Ipip : RealKind.Encap,
        };
        if (_world.Underlay.AddressOf(address.AddressFamily) is null)
        {
            reason = $"{_world.HostName} has no {(isIPv4 ? "IPv4" : "IPv6")} underlay address to encapsulate to {address} from";
            return Unknown(target);
        }

        return Remote(target, form, address, address, "", out reason);
    }

    private RealModel Remote(TargetModel target, RealKind form, IPAddress via, IPAddress outer, string host, out string? reason)
    {
        LocalDevice uplink = _world.Underlay.Uplink;
        bool isKnown = _world.NextHops.TryGetValue(via, out MacAddress nextHop);
        reason = isKnown
            ? null
            : host.Length > 0 ? $"{host} does not answer at {via} on {uplink.Name}" : $"{via}, or the router towards it, does not answer on {uplink.Name}";
        return new RealModel(target.Target, isKnown ? form : RealKind.None, uplink.Index, uplink.MtuBytes, nextHop, uplink.Mac, outer)
        {
            Form = form,
            OuterSource = _world.Underlay.AddressOf(outer.AddressFamily),
            Via = via,
        };
    }

    /// <summary>The host's address of a family that this machine has too.</summary>
    private IPAddress? CommonAddress(Host host, AddressFamily family) =>
        _world.Underlay.AddressOf(family) is null ? null : UnderlayAddressOf(host, family);

    private static RealModel Unknown(TargetModel target) => new(target.Target, RealKind.None, 0, 0, default, default, null);

    /// <summary>The workload's link-layer address, from attribute <c>macAddress</c> of its NIC. Only what is no veth needs it.</summary>
    public static MacAddress MacOf(NetworkInterface? nic) =>
        nic?.Spec.Attributes?.TryGetValue(MacAttribute, out string? text) == true && MacAddress.TryParse(text, out MacAddress mac) ? mac : default;

    /// <summary>How packets get into a device of this machine.</summary>
    public static RealKind KindOf(LocalDevice device) => device.IsVeth ? RealKind.Peer : RealKind.Device;
}
