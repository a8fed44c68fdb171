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
    private readonly Dictionary<string, NetworkInterface> _nics = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Host> _hosts = new(StringComparer.Ordinal);

    public RealResolver(WorldSnapshot world)
    {
        _world = world;
        foreach (NetworkInterface nic in world.NetworkInterfaces)
        {
            _nics[nic.Metadata.Uid ?? ""] = nic;
        }

        foreach (Host host in world.Hosts)
        {
            _hosts[host.Metadata.Name ?? ""] = host;
        }
    }

    /// <summary>The address in <paramref name="host"/>'s spec that other machines encapsulate to: the first of IPv6. Null without one.</summary>
    public static IPAddress? UnderlayAddressOf(Host host)
    {
        foreach (string text in host.Spec.UnderlayAddresses ?? [])
        {
            if (IpText.TryParse(text, out IPAddress? address) && address.AddressFamily == AddressFamily.InterNetworkV6)
            {
                return address;
            }
        }

        return null;
    }

    /// <summary>The way to a target. Where there is none, <paramref name="reason"/> says why.</summary>
    public RealModel Resolve(TargetModel target, out string? reason)
    {
        string providerId = _nics.TryGetValue(target.Uid, out NetworkInterface? nic) && nic.Spec.ProviderID is { Length: > 0 } own
            ? own
            : target.ProviderId;
        if (!ProviderId.TryParse(providerId, out ProviderId place))
        {
            reason = $"network interface {target.Uid} does not say where it lives: spec.providerID is \"{providerId}\"";
            return new RealModel(target.Target, RealKind.None, 0, 0, default, default, null);
        }

        return place.Host == _world.HostName ? ResolveLocal(target, nic, place, out reason) : ResolveRemote(target, place, out reason);
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

    private RealModel ResolveRemote(TargetModel target, ProviderId place, out string? reason)
    {
        if (!_hosts.TryGetValue(place.Host, out Host? host)
            || UnderlayAddressOf(host) is not { } address
            || !IPNetwork.TryParse(host.Spec.UnderlayPrefix, out IPNetwork prefix)
            || prefix.BaseAddress.AddressFamily != AddressFamily.InterNetworkV6
            || prefix.PrefixLength != 64)
        {
            reason = $"host {place.Host} is not registered with an IPv6 underlay address and a /64 underlay prefix";
            return new RealModel(target.Target, RealKind.None, 0, 0, default, default, null);
        }

        LocalDevice uplink = _world.Underlay.Uplink;
        IPAddress outer = UnderlayAddress.Derive(prefix, target.Target);
        if (!_world.NextHops.TryGetValue(address, out MacAddress nextHop))
        {
            reason = $"host {place.Host} does not answer at {address} on {uplink.Name}";
            return new RealModel(target.Target, RealKind.None, uplink.Index, uplink.MtuBytes, default, uplink.Mac, outer);
        }

        reason = null;
        return new RealModel(target.Target, RealKind.Encap, uplink.Index, uplink.MtuBytes, nextHop, uplink.Mac, outer);
    }

    /// <summary>The workload's link-layer address, from attribute <c>macAddress</c> of its NIC. Only what is no veth needs it.</summary>
    public static MacAddress MacOf(NetworkInterface? nic) =>
        nic?.Spec.Attributes?.TryGetValue(MacAttribute, out string? text) == true && MacAddress.TryParse(text, out MacAddress mac) ? mac : default;

    /// <summary>How packets get into a device of this machine.</summary>
    public static RealKind KindOf(LocalDevice device) => device.IsVeth ? RealKind.Peer : RealKind.Device;
}
