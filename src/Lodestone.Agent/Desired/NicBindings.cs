using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Resources;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Desired;

/// <summary>Decides which of this machine's network interfaces are bound to their device, and why others are not.</summary>
internal static class NicBindings
{
    private const string NetworkScheme = "lodestone://";

    /// <summary>The network interfaces whose provider id names this machine, oldest first.</summary>
    public static ImmutableArray<NicModel> Decide(WorldSnapshot world)
    {
        var networks = new Dictionary<ObjectKey, Network>();
        foreach (Network network in world.Networks)
        {
            networks[network.Key] = network;
        }

        var own = new List<(NetworkInterface Nic, string Device)>();
        string here = new ProviderId(world.HostName, "").ToString();
        foreach (NetworkInterface nic in world.NetworkInterfaces)
        {
            if (nic.Spec.ProviderID?.StartsWith(here, StringComparison.Ordinal) == true
                && IsPlaced(nic, out ProviderId place) && place.Host == world.HostName)
            {
                own.Add((nic, place.Device));
            }
        }

        if (own.Count == 0)
        {
            return [];
        }

        own.Sort((a, b) => Seniority(a.Nic, b.Nic));
        var sources = new NicSources(world.Prefixes);
        Dictionary<(ObjectKey Network, DatapathAddress Address), KubernetesObject> holders = AddressHolders(world, own, sources);
        var devices = new Dictionary<string, NetworkInterface>(StringComparer.Ordinal);
        var numbers = new Dictionary<uint, NetworkInterface>();
        ImmutableArray<NicModel>.Builder models = ImmutableArray.CreateBuilder<NicModel>(own.Count);
        foreach ((NetworkInterface nic, string device) in own)
        {
            models.Add(Decide(world, nic, device, sources, networks, holders, devices, numbers));
        }

        return models.ToImmutable();
    }

    /// <summary>Whether a network interface says where it lives, and is there to stay.</summary>
    public static bool IsPlaced(NetworkInterface nic, out ProviderId place) =>
        ProviderId.TryParse(nic.Spec.ProviderID, out place) && !nic.IsBeingDeleted && !string.IsNullOrEmpty(nic.Metadata.Uid);

    /// <summary>The VNI in a network's provider id, <c>lodestone://VNI</c>; null while it has none.</summary>
    public static uint? VniOf(Network network) =>
        network.Spec?.ProviderID is { } id
        && id.StartsWith(NetworkScheme, StringComparison.Ordinal)
        && uint.TryParse(id.AsSpan(NetworkScheme.Length), NumberStyles.None, CultureInfo.InvariantCulture, out uint vni)
            ? vni
            : null;

    /// <summary>Older objects keep what younger ones also want; the UID decides between objects of one second.</summary>
    public static int Seniority(KubernetesObject a, KubernetesObject b)
    {
        int byAge = Nullable.Compare(a.Metadata.CreationTimestamp, b.Metadata.CreationTimestamp);
        return byAge != 0 ? byAge : string.CompareOrdinal(a.Metadata.Uid, b.Metadata.Uid);
    }

    private static NicModel Decide(
        WorldSnapshot world,
        NetworkInterface nic,
        string deviceName,
        NicSources sources,
        Dictionary<ObjectKey, Network> networks,
        Dictionary<(ObjectKey Network, DatapathAddress Address), KubernetesObject> holders,
        Dictionary<string, NetworkInterface> devices,
        Dictionary<uint, NetworkInterface> numbers)
    {
        NicModel Refused(string state, string reason, string message) =>
            new() { Nic = nic, State = state, Reason = reason, Message = message };

        // It has its number whatever becomes of it: gateways go by age alone.
        uint number = NicNumber.Of(nic.Metadata.Uid!);
        bool sharesNumber = !numbers.TryAdd(number, nic);
        if (!devices.TryAdd(deviceName, nic))
        {
            return Refused(NicStates.Error, Reasons.DeviceConflict, $"device {deviceName} is bound to {devices[deviceName].Key}");
        }

        if (deviceName == world.Underlay.Uplink.Name)
        {
            return Refused(NicStates.Error, Reasons.DeviceIsUplink, $"device {deviceName} is the uplink of {world.HostName}");
        }

        if (sharesNumber && world.Underlay.AddressOf(AddressFamily.InterNetworkV6) is null)
        {
            return Refused(
                NicStates.Error,
                Reasons.NumberConflict,
                $"number {number} on the underlay, made from its UID, is that of the older network interface {numbers[number].Key} of {world.HostName}; re-create this one, or give the host an IPv6 underlay address");
        }

        ObjectKey networkKey = NetworkKeyOf(nic);
        if (!networks.TryGetValue(networkKey, out Network? network))
        {
            return Refused(NicStates.Pending, Reasons.NetworkMissing, $"network {networkKey} does not exist");
        }

        if (VniOf(network) is not { } vni)
        {
            return Refused(NicStates.Pending, Reasons.NetworkPending, $"network {networkKey} has no number yet");
        }

        var addresses = ImmutableArray.CreateBuilder<DatapathAddress>();
        for (int i = 0; i < (nic.Spec.Ips?.Count ?? 0); i++)
        {
            if (sources.AddressOf(nic, i, out bool isFinal, out string problem) is not { } parsed)
            {
                return isFinal
                    ? Refused(NicStates.Error, Reasons.AddressInvalid, problem)
                    : Refused(NicStates.Pending, Reasons.AddressPending, problem);
            }

            var address = DatapathAddress.From(parsed);
            KubernetesObject holder = holders[(networkKey, address)];
            if (!ReferenceEquals(holder, nic))
            {
                string kind = holder is LoadBalancer ? "load balancer" : "network interface";
                return Refused(NicStates.Error, Reasons.AddressConflict, $"address {parsed} of network {networkKey} belongs to {kind} {holder.Key}");
            }

            addresses.Add(address);
        }

        if (!world.Devices.TryGetValue(deviceName, out LocalDevice? device))
        {
            return Refused(NicStates.Error, Reasons.DeviceMissing, $"device {deviceName} does not exist on {world.HostName}");
        }

        // A further prefix that is missing takes no address away.
        List<string> prefixes = sources.PrefixesOf(nic, out string missing);
        string remark = missing.Length == 0 ? "" : $"; {missing}";
        remark += sharesNumber ? $"; Geneve does not reach it: number {number} is that of the older {numbers[number].Key}" : "";
        return new NicModel
        {
            Nic = nic,
            Device = device,
            Addresses = addresses.ToImmutable(),
            Prefixes = [.. prefixes],
            Network = vni,
            Number = sharesNumber ? null : number,
            State = device.IsUp ? NicStates.Available : NicStates.Error,
            Reason = device.IsUp ? Reasons.Bound : Reasons.DeviceDown,
            Message = device.IsUp ? $"bound to device {deviceName}{remark}" : $"device {deviceName} is down; set it up",
        };
    }

    /// <summary>
    /// Who holds each address that one of our NICs wants: the Internal load balancer that has it in its status, else the oldest network
    /// interface of the network that has it. A load balancer takes no address that a NIC is bound with; where both did at the same time,
    /// every agent sees the load balancer's, so that one decides.
    /// </summary>
    private static Dictionary<(ObjectKey Network, DatapathAddress Address), KubernetesObject> AddressHolders(
        WorldSnapshot world,
        List<(NetworkInterface Nic, string Device)> own,
        NicSources sources)
    {
        var holders = new Dictionary<(ObjectKey, DatapathAddress), KubernetesObject>();
        foreach ((NetworkInterface nic, _) in own)
        {
            ForEachAddress(nic, sources, key => holders.TryAdd(key, nic));
        }

        foreach (NetworkInterface nic in world.NetworkInterfaces)
        {
            ForEachAddress(nic, sources, key =>
            {
                if (holders.TryGetValue(key, out KubernetesObject? holder) && !nic.IsBeingDeleted && Seniority(nic, holder) < 0)
                {
                    holders[key] = nic;
                }
            });
        }

        foreach (LoadBalancer lb in world.LoadBalancers)
        {
            // One that is being deleted holds its addresses until it is gone: gateways may still serve them.
            foreach (string text in lb.Spec.Type == "Internal" ? lb.Status?.Ips ?? [] : [])
            {
                var network = new ObjectKey(lb.Metadata.Namespace ?? "", lb.Spec.NetworkRef?.Name ?? "");
                if (IpText.TryParse(text, out IPAddress? address) && holders.ContainsKey((network, DatapathAddress.From(address))))
                {
                    holders[(network, DatapathAddress.From(address))] = lb;
                }
            }
        }

        return holders;
    }

    /// <summary>Visits the addresses of a network interface that are there.</summary>
    public static void ForEachAddress(NetworkInterface nic, NicSources sources, Action<(ObjectKey Network, DatapathAddress Address)> visit)
    {
        ObjectKey network = NetworkKeyOf(nic);
        for (int i = 0; i < nic.Spec.Ips?.Count; i++)
        {
            if (sources.AddressOf(nic, i, out _, out _) is { } address)
            {
                visit((network, DatapathAddress.From(address)));
            }
        }
    }

    /// <summary>The network that a network interface is of.</summary>
    public static ObjectKey NetworkKeyOf(NetworkInterface nic) => new(nic.Metadata.Namespace ?? "", nic.Spec.NetworkRef?.Name ?? "");
}
