using System.Collections.Immutable;
using System.Net.Sockets;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Health;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Agent.Desired;

/// <summary>What the data path needs at the devices of this machine's network interfaces. Pure.</summary>
/// <param name="world">The machine.</param>
/// <param name="nics">Its network interfaces.</param>
/// <param name="targets">Those that are bound, as targets.</param>
/// <param name="vips">VIPs that have a target here, or select one, in order.</param>
/// <param name="selected">Which of the targets a load balancer selects.</param>
/// <remarks>
/// A network interface may answer from the VIPs of load balancers that select it, also before a routing names it: a gateway may hear of that routing
/// before this machine does, and answers to the flows it sends would be dropped as spoofed, and the connections with them.
/// </remarks>
internal sealed class LocalBindings(
    PlanWorld world,
    ImmutableArray<NicModel> nics,
    Dictionary<ulong, NicModel> targets,
    IReadOnlyCollection<VipModel> vips,
    IReadOnlyDictionary<ObjectKey, HashSet<ulong>> selected)
{
    private readonly UnderlayModel _underlay = world.Snapshot.Underlay;

    /// <summary>Devices at which addresses are translated; known once they are bound (<see cref="Bind"/>).</summary>
    public HashSet<uint> Translating { get; } = [];

    /// <summary>Whether a VIP has a target on this machine: one of its network interfaces, or itself.</summary>
    public static bool Concerns(VipModel vip, UnderlayModel underlay, Dictionary<ulong, NicModel> targets) =>
        (targets.Count > 0 && Answering(vip).Any(targets.ContainsKey)) || HasMachine(vip, underlay);

    /// <summary>Targets that packets to the VIP may reach: of clients, or of health checks.</summary>
    public static IEnumerable<ulong> Answering(VipModel vip) => vip.Checked.IsEmpty ? vip.Alive : vip.Alive.Union(vip.Checked);

    /// <summary>Which of a machine's targets a load balancer selects: network interfaces of its network that its selector matches.</summary>
    public static HashSet<ulong> SelectedBy(LoadBalancer lb, Dictionary<ulong, NicModel> targets)
    {
        if (lb.Spec.NetworkInterfaceSelector is not { } selector)
        {
            return [];
        }

        ObjectKey network = LoadBalancerPart.NetworkKeyOf(lb);
        return
        [
            .. targets
                .Where(target => target.Value.Nic is { IsBeingDeleted: false } nic
                    && nic.Spec.NetworkRef?.Name == network.Name
                    && nic.Metadata.Namespace == network.Namespace
                    && selector.Matches(nic.Metadata.Labels))
                .Select(target => target.Key),
        ];
    }

    /// <summary>The machine's addresses.</summary>
    public static IEnumerable<IPAddress> AddressesOf(UnderlayModel underlay) => new[] { underlay.Address, underlay.OtherAddress }.OfType<IPAddress>();

    /// <summary>What a machine itself is known by as a target: the address that the routing names.</summary>
    public static ulong TargetOf(IPAddress address) => TargetHash.Of(address.ToString());

    /// <summary>A state with all of this, each part the same instance as before where it says the same.</summary>
    public DesiredState Bind(DesiredState last)
    {
        ImmutableSortedDictionary<NicSourceKey, DatapathAddress> translations = Translations();
        bool isTarget = IsTarget();
        ImmutableArray<HealthTarget> health = HealthTargets();
        return last with
        {
            Translations = OrLast(last.Translations, translations),
            Underlay = OrLast(last.Underlay, Underlay(isTarget)),
            GeneveNics = OrLast(last.GeneveNics, Geneve(isTarget)),
            NicSources = OrLast(last.NicSources, Sources()),
            HealthTargets = last.HealthTargets.AsSpan().SequenceEqual(health.AsSpan()) ? last.HealthTargets : health,
        };
    }

    /// <summary>
    /// Which own address takes the place of which VIP, from its selection on and for as long as gateways may send flows of it: the first of the VIP's family, as the
    /// routing has it. Tells which devices are concerned, too.
    /// </summary>
    private ImmutableSortedDictionary<NicSourceKey, DatapathAddress> Translations()
    {
        ImmutableSortedDictionary<NicSourceKey, DatapathAddress>.Builder translations = DesiredState.EmptyTranslations.ToBuilder();
        foreach (VipModel vip in vips.Where(vip => vip.Routing.Translates))
        {
            foreach (ulong target in AnsweringHere(vip))
            {
                if (targets.TryGetValue(target, out NicModel? nic) && OwnAddressOf(nic, vip) is { } address)
                {
                    translations[new NicSourceKey { Ifindex = nic.Device!.Index, Addr = vip.Address }] = address;
                    translations[new NicSourceKey { Ifindex = nic.Device.Index, Addr = address }] = address;
                    Translating.Add(nic.Device.Index);
                }
            }
        }

        return translations.ToImmutable();
    }

    /// <summary>Whether this machine itself is a target: only then is what others encapsulate to its own addresses taken for its network stack.</summary>
    private bool IsTarget() => vips.Any(vip => HasMachine(vip, _underlay));

    /// <summary>Where decapsulated packets go, by underlay address.</summary>
    /// <param name="isTarget">Whether this machine itself is a target.</param>
    private ImmutableSortedDictionary<DatapathAddress, UnderlayNic> Underlay(bool isTarget)
    {
        ImmutableSortedDictionary<DatapathAddress, UnderlayNic>.Builder underlay = DesiredState.EmptyUnderlay.ToBuilder();
        foreach (NicModel nic in nics)
        {
            if (nic.Device is { } device)
            {
                IPAddress address = UnderlayAddress.Derive(_underlay.Prefix, nic.Nic.Metadata.Uid ?? "");
                underlay[DatapathAddress.From(address)] = EntryOf(nic, device);
            }
        }

        if (isTarget && _underlay.AddressOf(AddressFamily.InterNetworkV6) is { } own)
        {
            underlay[DatapathAddress.From(own)] = OwnStack;
        }

        return underlay.ToImmutable();
    }

    /// <summary>The same by this machine's addresses and their number.</summary>
    /// <param name="isTarget">Whether this machine itself is a target.</param>
    private ImmutableSortedDictionary<GeneveKey, UnderlayNic> Geneve(bool isTarget)
    {
        ImmutableSortedDictionary<GeneveKey, UnderlayNic>.Builder geneve = DesiredState.EmptyGeneveNics.ToBuilder();
        IPAddress[] addresses = [.. AddressesOf(_underlay)];
        foreach (NicModel nic in nics)
        {
            if (nic is not { Device: { } device, Number: { } number })
            {
                continue;
            }

            foreach (IPAddress address in addresses)
            {
                geneve[new GeneveKey { Dst = DatapathAddress.From(address), Number = number }] = EntryOf(nic, device);
            }
        }

        foreach (IPAddress address in isTarget ? addresses : [])
        {
            geneve[new GeneveKey { Dst = DatapathAddress.From(address), Number = NicNumber.Of(TargetOf(address)) }] = OwnStack;
        }

        return geneve.ToImmutable();
    }

    /// <summary>What network interfaces may use as source address.</summary>
    private ImmutableSortedDictionary<NicSourceKey, NicSource> Sources()
    {
        ImmutableSortedDictionary<NicSourceKey, NicSource>.Builder sources = DesiredState.EmptyNicSources.ToBuilder();
        foreach (NicModel nic in nics)
        {
            if (nic.Device is not { } device)
            {
                continue;
            }

            sources[new NicSourceKey { Ifindex = device.Index }] = SourceOf(nic, NicSourceKind.Link);
            foreach (DatapathAddress address in nic.Addresses)
            {
                sources[new NicSourceKey { Ifindex = device.Index, Addr = address }] = SourceOf(nic, NicSourceKind.Own);
            }
        }

        foreach (VipModel vip in vips)
        {
            foreach (ulong target in AnsweringHere(vip))
            {
                if (targets.TryGetValue(target, out NicModel? nic))
                {
                    sources[new NicSourceKey { Ifindex = nic.Device!.Index, Addr = vip.Address }] = SourceOf(nic, vip.IsInternal ? NicSourceKind.Internal : NicSourceKind.Vip);
                }
            }
        }

        return sources.ToImmutable();
    }

    /// <summary>Which network interfaces are checked, by the first address of each family of a load balancer.</summary>
    private ImmutableArray<HealthTarget> HealthTargets()
    {
        var made = new SortedDictionary<string, HealthTarget>(StringComparer.Ordinal);
        foreach (VipModel vip in vips.Where(vip => !vip.Checked.IsEmpty))
        {
            if (ProbeSpec.From(vip.Routing.HealthCheck!, world.LoadBalancers.Find(vip.LoadBalancer)?.Spec.Ports) is not { } spec)
            {
                continue;
            }

            foreach (ulong target in vip.Checked)
            {
                if (!targets.TryGetValue(target, out NicModel? nic) || (vip.IsInternal && vip.Network != nic.Network))
                {
                    continue;
                }

                var key = new HealthKey(vip.LoadBalancerUid, nic.Nic.Metadata.Uid ?? "", !vip.Address.IsIPv4);
                made.TryAdd(
                    $"{key.LoadBalancerUid}/{key.NicUid}/{key.Family}",
                    new HealthTarget(key, vip.LoadBalancer, nic.Nic.Key, vip.Address.ToIPAddress(), nic.Device!.Index, nic.Device.IsVeth, spec)
                    {
                        OwnAddress = vip.Routing.Translates ? OwnAddressOf(nic, vip)?.ToIPAddress() : null,
                    });
            }
        }

        return [.. made.Values];
    }

    private static ImmutableSortedDictionary<TKey, TValue> OrLast<TKey, TValue>(ImmutableSortedDictionary<TKey, TValue> last, ImmutableSortedDictionary<TKey, TValue> next)
        where TKey : unmanaged
        where TValue : unmanaged =>
        last.Count == next.Count && last.Zip(next).All(pair =>
            LayoutEquality<TKey>.Instance.Equals(pair.First.Key, pair.Second.Key) && LayoutEquality<TValue>.Instance.Equals(pair.First.Value, pair.Second.Value))
            ? last
            : next;

    private IEnumerable<ulong> AnsweringHere(VipModel vip) =>
        selected.TryGetValue(vip.LoadBalancer, out HashSet<ulong>? own) ? Answering(vip).Union(own) : Answering(vip);

    private static bool HasMachine(VipModel vip, UnderlayModel underlay) =>
        !vip.IsInternal && vip.Routing.HasMachines && AddressesOf(underlay).Any(address => vip.Routing.Targets.ContainsKey(TargetOf(address)));

    private static NicSource SourceOf(NicModel nic, NicSourceKind kind) => new() { Kind = kind, Mac = RealResolver.MacOf(nic.Nic), Network = nic.Network };

    /// <summary>The address that takes a VIP's place where it is translated: the first of its family. Null: there is none.</summary>
    private static DatapathAddress? OwnAddressOf(NicModel nic, VipModel vip)
    {
        DatapathAddress address = nic.Addresses.FirstOrDefault(a => a.IsIPv4 == vip.Address.IsIPv4);
        return address == default ? null : address;
    }

    private UnderlayNic OwnStack => new() { Ifindex = _underlay.Uplink.Index, Kind = RealKind.Stack };

    private UnderlayNic EntryOf(NicModel nic, LocalDevice device) => new()
    {
        Ifindex = device.Index,
        Kind = RealResolver.KindOf(device),
        Flags = Translating.Contains(device.Index) ? NicFlags.Translates : NicFlags.None,
        Network = nic.Network,
        Mac = RealResolver.MacOf(nic.Nic),
    };
}
