using System.Collections.Immutable;
using System.Net;
using Lodestone.Agent.Desired;
using Lodestone.Api.Meta;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Ring;
using Lodestone.Datapath.Tables;

namespace Lodestone.Agent.Tests.Apply;

/// <summary>Desired states that follow each other at random: VIPs come and go, their ports change, their rings grow, shrink and change hands.</summary>
/// <param name="random">Decides.</param>
/// <param name="changes">What changes.</param>
internal sealed class ConcurrentWorld(Random random, ConcurrentChanges changes)
{
    public static readonly ImmutableArray<DatapathAddress> Addresses =
    [
        .. Enumerable.Range(1, 4).Select(i => DatapathAddress.Parse($"198.51.100.{i}")),
        .. Enumerable.Range(1, 4).Select(i => DatapathAddress.Parse($"2001:db8::{i}")),
    ];

    /// <summary>The ports that packets go to; the lists are made so that some of them are in and some out.</summary>
    public static readonly ImmutableArray<ushort> Ports = [80, 81, 1000, 5000, 9999];

    private const int Universe = 40;
    private const int ChangesInWindow = 3;

    private static readonly DateTimeOffset Later = World.Start.AddDays(1);

    private readonly Dictionary<DatapathAddress, (ImmutableSortedSet<ulong> Targets, ImmutableList<TargetChange> Changes)> _histories = [];
    private readonly Dictionary<DatapathAddress, ImmutableHashSet<ulong>> _ever = [];
    private long _generation;

    public static UnderlayModel Underlay { get; } = new(
        new LocalDevice("uplink", 1, false, true, 1500, MacAddress.Parse("02:00:00:00:00:02")), IPAddress.Parse("2001:db8:e::1"), IPNetwork.Parse("2001:db8:e::/64"));

    /// <summary>The next state.</summary>
    public DesiredState Next()
    {
        VipModel[] vips = [.. Addresses.Where(_ => changes == ConcurrentChanges.Ports || random.Next(8) != 0).Select(NextVip)];
        SortedSet<ulong> targets = [.. vips.SelectMany(vip => vip.History.AliveAt(World.Start))];
        return new DesiredState { Vips = [.. vips], Reals = [.. targets.Select(RealOf)] };
    }

    /// <summary>Targets that a VIP has now or has had.</summary>
    public ImmutableDictionary<DatapathAddress, ImmutableHashSet<ulong>> Ever => _ever.ToImmutableDictionary();

    /// <summary>The outer headers of what goes to a target, but for what a packet gives (flow label, length, next header): each target's differ in every part.</summary>
    public static RealModel RealOf(ulong target)
    {
        byte number = (byte)(target & 0xff);
        MacAddress nextHop = MacAddress.FromBytes([2, number, number, number, number, number]);
        IPAddress outer = UnderlayAddress.Derive(IPNetwork.Parse($"2001:db8:{number:x}:{number:x}::/64"), target);
        return new RealModel(target, RealKind.Encap, 1, 1500, nextHop, default, outer) { Form = RealKind.Encap, OuterSource = Underlay.Address, Via = outer };
    }

    private static ulong TargetOf(int number) => (0x0101010101010100ul * (ulong)number) | (uint)number;

    private VipModel NextVip(DatapathAddress address)
    {
        (ImmutableSortedSet<ulong> before, ImmutableList<TargetChange> window) = _histories.GetValueOrDefault(address, ([], []));

        // Sizes around powers of two, so that rings often need another size.
        ImmutableSortedSet<ulong> after = before;
        if (changes == ConcurrentChanges.Ports ? before.IsEmpty : random.Next(3) != 0)
        {
            int count = random.Next(4) switch { 0 when changes != ConcurrentChanges.Ports => 0, 1 => random.Next(1, 3), 2 => random.Next(3, 6), _ => random.Next(6, 14) };
            after = [.. Enumerable.Range(0, count).Select(_ => TargetOf(random.Next(1, Universe + 1)))];
        }

        if (changes == ConcurrentChanges.InWindows && !after.SetEquals(before))
        {
            window = window.Add(new TargetChange(++_generation, Later, [.. after.Except(before)], [.. before.Except(after)]));
            window = window.Count > ChangesInWindow ? window.RemoveAt(0) : window;
        }

        _histories[address] = (after, window);
        _ever[address] = _ever.GetValueOrDefault(address, []).Union(after);
        DrainingTarget[] draining = [.. window.SelectMany(c => c.Removed).Select(t => t.Target).Distinct().Where(t => !after.Contains(t)).Select(t => new DrainingTarget(t, Later))];
        RingHistory history = new(after.Select(t => (WeightedTarget)t), window, draining);
        return new VipModel
        {
            LoadBalancer = new ObjectKey("default", $"lb-{address}"),
            LoadBalancerUid = $"lb-{address}",
            Address = address,
            Network = 0,
            Ports = NextPorts(),
            Routing = new RoutingModel("", history, history, ImmutableDictionary<ulong, TargetModel>.Empty),
            Ring = RingFold.Fold(history, World.Start),
            Announce = random.Next(2) == 0,
            UdpToCurrent = random.Next(2) == 0,
        };
    }

    private PortRules NextPorts()
    {
        // None: all. A few: in the VIP. Many: a bitmap.
        int count = random.Next(3) switch { 0 => 0, 2 when changes != ConcurrentChanges.Ports => 20, _ => random.Next(1, 5) };
        return PortRules.Create(Enumerable.Range(0, count).Select(i => new PortRange
        {
            Proto = random.Next(2) == 0 ? (byte)6 : (byte)17,
            From = i < 5 ? Ports[random.Next(Ports.Length)] : (ushort)(20000 + (i * 10)),
            To = i < 5 ? (ushort)10000 : (ushort)(20001 + (i * 10)),
        }));
    }
}
