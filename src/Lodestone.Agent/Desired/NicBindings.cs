using System.Collections.Immutable;
using System.Globalization;
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

    /// <summary>What becomes of the network interfaces of this machine, oldest first.</summary>
    /// <param name="world">All else.</param>
    /// <param name="own">Those that are here (<see cref="IsHere"/>).</param>
    /// <param name="holders">Who has which address.</param>
    public static ImmutableArray<NicModel> Decide(PlanWorld world, IReadOnlyCollection<NetworkInterface> own, NetworkAddresses holders)
    {
        var sources = new NicSources(world.Prefixes);
        var devices = new Dictionary<string, NetworkInterface>(StringComparer.Ordinal);
        var numbers = new Dictionary<uint, NetworkInterface>();
        ImmutableArray<NicModel>.Builder models = ImmutableArray.CreateBuilder<NicModel>(own.Count);
        foreach (NetworkInterface nic in own.Order(Comparer<NetworkInterface>.Create(Seniority)))
        {
            models.Add(Decide(world, nic, sources, holders, devices, numbers));
        }

        return models.MoveToImmutable();
    }

    /// <summary>Whether a network interface's provider id names a machine, and it is there to stay.</summary>
    public static bool IsHere(NetworkInterface nic, string hostName) =>
        nic.Spec.ProviderID is { } id
        && id.StartsWith(NetworkScheme, StringComparison.Ordinal)
        && id.AsSpan(NetworkScheme.Length).StartsWith(hostName, StringComparison.Ordinal)
        && IsPlaced(nic, out ProviderId place)
        && place.Host == hostName;

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
        PlanWorld world,
        NetworkInterface nic,
        NicSources sources,
        NetworkAddresses holders,
        Dictionary<string, NetworkInterface> devices,
        Dictionary<uint, NetworkInterface> numbers)
    {
        NicModel Refused(string state, string reason, string message) =>
            new() { Nic = nic, State = state, Reason = reason, Message = message };

        WorldSnapshot machine = world.Snapshot;
        _ = ProviderId.TryParse(nic.Spec.ProviderID, out ProviderId place);
        string deviceName = place.Device;

        // It has its number whatever becomes of it: gateways go by age alone.
        uint number = NicNumber.Of(nic.Metadata.Uid!);
        bool sharesNumber = !numbers.TryAdd(number, nic);
        if (!devices.TryAdd(deviceName, nic))
        {
            return Refused(NicStates.Error, Reasons.DeviceConflict, $"device {deviceName} is bound to {devices[deviceName].Key}");
        }

        if (deviceName == machine.Underlay.Uplink.Name)
        {
            return Refused(NicStates.Error, Reasons.DeviceIsUplink, $"device {deviceName} is the uplink of {machine.HostName}");
        }

        if (sharesNumber && machine.Underlay.AddressOf(AddressFamily.InterNetworkV6) is null)
        {
            return Refused(
                NicStates.Error,
                Reasons.NumberConflict,
                $"number {number} on the underlay, made from its UID, is that of the older network interface {numbers[number].Key} of {machine.HostName}; re-create this one, or give the host an IPv6 underlay address");
        }

        ObjectKey networkKey = NetworkKeyOf(nic);
        if (!world.Networks.TryGet(networkKey, out Network? network))
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

            // An Internal load balancer takes no address that an interface is bound with; where both did at the same time, every agent sees the
            // load balancer's, so that one decides. One that is being deleted holds its addresses until it is gone: gateways may still serve them.
            var address = DatapathAddress.From(parsed);
            KubernetesObject? holder = (KubernetesObject?)holders.BalancerOf(networkKey, address) ?? holders.HolderOf(networkKey, address);
            if (holder is not null && !ReferenceEquals(holder, nic))
            {
                string kind = holder is LoadBalancer ? "load balancer" : "network interface";
                return Refused(NicStates.Error, Reasons.AddressConflict, $"address {parsed} of network {networkKey} belongs to {kind} {holder.Key}");
            }

            addresses.Add(address);
        }

        if (!machine.Devices.TryGetValue(deviceName, out LocalDevice? device))
        {
            return Refused(NicStates.Error, Reasons.DeviceMissing, $"device {deviceName} does not exist on {machine.HostName}");
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
