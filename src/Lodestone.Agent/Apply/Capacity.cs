using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Apply;

/// <summary>A size of the maps as people set it: <c>--capacity NAME=COUNT</c> of <c>agent</c> and <c>server</c>. What a message about a full map names.</summary>
public sealed class Capacity
{
    private const int FlowsPerBucket = 8;
    private const int BytesPerEvent = 88;

    private readonly Func<DatapathCapacities, int> _of;
    private readonly Func<DatapathCapacities, int, DatapathCapacities> _with;

    private Capacity(string name, string means, int max, Func<DatapathCapacities, int> of, Func<DatapathCapacities, int, DatapathCapacities> with)
    {
        (Name, Means, Max, _of, _with) = (name, means, max, of, with);
    }

    /// <summary>Addresses of load balancers.</summary>
    public static Capacity Vips { get; } = new(
        "vips", "addresses of load balancers, 512 bytes each", 1 << 20, c => c.VipSlots / 2, (c, n) => c with { VipSlots = 2 * PowerOfTwo(n) });

    /// <summary>Slots of rings.</summary>
    public static Capacity RingSlots { get; } = new(
        "ring-slots", "slots of all rings, 8 bytes each; a load balancer takes 128 to 256 for each target of each address", 1 << 27, c => c.RingSlots, (c, n) => c with { RingSlots = n });

    /// <summary>Targets.</summary>
    public static Capacity Targets { get; } = new(
        "targets", "targets of all load balancers, 64 bytes each", FlowBucket.MaxReals - 1, c => c.Reals - 1, (c, n) => c with { Reals = n + 1 });

    /// <summary>Recorded flows.</summary>
    public static Capacity RecordedFlows { get; } = new(
        "recorded-flows", "flows of slots in transition, 8 bytes each", 1 << 27, c => c.FlowBuckets * FlowsPerBucket, (c, n) => c with { FlowBuckets = PowerOfTwo((n + FlowsPerBucket - 1) / FlowsPerBucket) });

    /// <summary>Long lists of ports.</summary>
    public static Capacity PortLists { get; } = new(
        "port-lists", "addresses of load balancers with more than eight port ranges, 24 kB each", 1 << 16, c => c.PortBitmaps, (c, n) => c with { PortBitmaps = n });

    /// <summary>Network interfaces.</summary>
    public static Capacity NetworkInterfaces { get; } = new(
        "network-interfaces", "network interfaces of this machine", 1 << 20, c => c.Nics, (c, n) => c with { Nics = n });

    /// <summary>Hosts.</summary>
    public static Capacity Hosts { get; } = new(
        "hosts", "underlay addresses of all hosts of the site", 1 << 20, c => c.Hosts, (c, n) => c with { Hosts = n });

    /// <summary>Targets that QUIC connection IDs name.</summary>
    public static Capacity QuicServers { get; } = new(
        "quic-servers", "targets that QUIC connection IDs name, for each address and port", 1 << 22, c => c.QuicServers, (c, n) => c with { QuicServers = n });

    /// <summary>Source addresses.</summary>
    public static Capacity SourceAddresses { get; } = new(
        "source-addresses", "addresses that this machine's network interfaces send from: their own, those of load balancers, and one more for each", 1 << 22, c => c.NicSources, (c, n) => c with { NicSources = n });

    /// <summary>Translated flows.</summary>
    public static Capacity TranslatedFlows { get; } = new(
        "translated-flows", "answered flows of workloads that own no address of a load balancer, 150 bytes each", 1 << 22, c => c.TranslatedFlows, (c, n) => c with { TranslatedFlows = n });

    /// <summary>Routes.</summary>
    public static Capacity Routes { get; } = new(
        "routes", "addresses that this machine's network interfaces reach, and those of all networks", 1 << 24, c => c.Routes, (c, n) => c with { Routes = n });

    /// <summary>Events.</summary>
    public static Capacity Events { get; } = new(
        "events", "events that wait for a listener, 88 bytes each", 1 << 22, c => c.EventBytes / BytesPerEvent, (c, n) => c with { EventBytes = PowerOfTwo(n * BytesPerEvent) });

    /// <summary>All of them.</summary>
    public static ImmutableArray<Capacity> All { get; } =
        [Vips, RingSlots, Targets, RecordedFlows, PortLists, NetworkInterfaces, Hosts, QuicServers, SourceAddresses, TranslatedFlows, Routes, Events];

    /// <summary>What the option calls it.</summary>
    public string Name { get; }

    /// <summary>What is counted, and what it costs.</summary>
    public string Means { get; }

    /// <summary>The most that a map can be made for.</summary>
    public int Max { get; }

    /// <summary>What to do where it does not suffice.</summary>
    public string Remedy => $"start the agent with a larger --capacity {Name}=COUNT";

    /// <summary>The capacity of that name; null: there is none.</summary>
    public static Capacity? Find(string name) => All.FirstOrDefault(capacity => capacity.Name == name);

    /// <summary>How many there is room for.</summary>
    public int Of(DatapathCapacities capacities) => _of(capacities);

    /// <summary>Room for so many, or some more where maps double.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than one, or more than <see cref="Max"/>.</exception>
    public DatapathCapacities Set(DatapathCapacities capacities, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Max);
        return _with(capacities, count);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}: {Means}");

    private static int PowerOfTwo(int least) => (int)BitOperations.RoundUpToPowerOf2((uint)least);
}
