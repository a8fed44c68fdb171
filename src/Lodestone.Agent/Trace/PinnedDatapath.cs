using Lodestone.Agent.Apply;
using Lodestone.Agent.Kernel;
using Lodestone.Bpf;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;
using Lodestone.Datapath.Tables;
using Lodestone.Datapath.Trace;

namespace Lodestone.Agent.Trace;

/// <summary>The maps and the program that an agent has pinned, opened to look at. Writes nothing; the agent may run meanwhile, or not.</summary>
public sealed class PinnedDatapath : IDisposable
{
    private const string XdpProgram = "lodestone_xdp";
    private const string UplinkProgram = "lodestone_up";
    private const string NicProgramName = "lodestone_nic";
    private const int Attempts = 5;

    private static readonly string[] MapNames =
    [
        "config", "vips", "rings", "reals", "flows", "port_bitmaps", "underlay", "nic_sources", "routes", "translations", "translated_flows", "translated_new",
        "quic_servers", "verdicts", "real_stats", "vip_stats",
    ];

    private readonly Dictionary<string, BpfMap> _maps = [];

    private PinnedDatapath()
    {
    }

    /// <summary>The program attached to the uplink; null where none is pinned.</summary>
    public BpfProgram? Program { get; private set; }

    /// <summary>Whether that is <c>lodestone_tc</c>, which hands nothing over.</summary>
    public bool IsServedByTc { get; private set; }

    /// <summary>The tc program attached to the uplink, to which the other hands over what goes to this machine's NICs; null where none is.</summary>
    public BpfProgram? HandOverProgram { get; private set; }

    /// <summary>The device it is attached to; 0 where there is none, or where the device is gone.</summary>
    public int UplinkIfindex { get; private set; }

    /// <summary>The set of maps that is read.</summary>
    internal PinnedSet Set { get; private set; } = null!;

    /// <summary>Where it is pinned.</summary>
    internal DatapathPins Pins { get; private set; } = null!;

    /// <summary>How many entries each array has, as a copy has to be loaded with.</summary>
    public IReadOnlyDictionary<string, uint> Sizes => _maps
        .Where(map => map.Value.Type is BpfMapType.Array or BpfMapType.PerCpuArray)
        .ToDictionary(map => map.Key, map => map.Value.MaxEntries);

    /// <summary>Opens what is pinned.</summary>
    /// <param name="directory">As in <see cref="NodeAgentOptions.BpffsDirectory"/>.</param>
    /// <exception cref="BpfException">Nothing is pinned there, a privilege is missing, or another release has written the maps.</exception>
    public static PinnedDatapath Open(string directory)
    {
        var opened = new PinnedDatapath();
        try
        {
            opened.OpenPins(new DatapathPins(directory));
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>
    /// A copy of the arrays, all of one time, and of what takes the place of VIPs. Other hash maps are left out: what a client sends
    /// looks at none but that of <see cref="ReadQuicServers"/>, what a workload sends also at those of <see cref="ReadNic"/>.
    /// </summary>
    /// <exception cref="BpfException">The agent changes them too fast to be read.</exception>
    public DatapathMaps Read()
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            DatapathConfig before = ReadConfig();
            var maps = new DatapathMaps
            {
                Config = before,
                Vips = _maps["vips"].Copy<Vip>(),
                Rings = _maps["rings"].Copy<RingSlot>(),
                Reals = _maps["reals"].Copy<Real>(),
                Flows = _maps["flows"].Copy<FlowBucket>(),
                PortBitmaps = _maps["port_bitmaps"].Copy<ulong>(),
                VipStats = new VipCounter[_maps["vip_stats"].MaxEntries],
            };

            foreach (NicSourceKey key in _maps["translations"].Keys<NicSourceKey>())
            {
                if (_maps["translations"].TryLookup(key, out DatapathAddress own))
                {
                    maps.Translations[(key.Ifindex, key.Addr)] = own;
                }
            }

            // While a VIP table is served, the rings, ports and reals that it names stay where they are.
            if (LayoutEquality<DatapathConfig>.Instance.Equals(before, ReadConfig()))
            {
                return maps;
            }
        }

        throw new BpfException("the tables changed each time they were read; try again when the agent is quieter");
    }

    /// <summary>Adds the servers of QUIC connection IDs to a copy.</summary>
    public void ReadQuicServers(DatapathMaps maps)
    {
        ArgumentNullException.ThrowIfNull(maps);
        foreach (QuicKey key in _maps["quic_servers"].Keys<QuicKey>())
        {
            if (_maps["quic_servers"].TryLookup(key, out uint real))
            {
                maps.QuicServers[key] = real;
            }
        }
    }

    /// <summary>Adds to a copy what the maps by address say of a packet that a workload sends: of its NIC, its destination and the flow it answers.</summary>
    /// <param name="maps">The copy.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="ifindex">The NIC's device, on the host's side.</param>
    public void ReadNic(DatapathMaps maps, TracePacket packet, uint ifindex)
    {
        ArgumentNullException.ThrowIfNull(maps);
        ArgumentNullException.ThrowIfNull(packet);
        foreach ((DatapathAddress address, NicSource source) in ReadNicSources(ifindex))
        {
            maps.NicSources[(ifindex, address)] = source;
        }

        var destination = DatapathAddress.From(packet.Destination.Address);
        foreach (uint network in maps.NicSources.Values.Select(source => source.Network).Append(RouteKey.AnyNetwork).Distinct().ToArray())
        {
            var key = new RouteKey(network, destination);
            if (_maps["routes"].TryLookup(key, out Real way))
            {
                maps.Routes[key] = way;
            }
        }

        TranslatedKey answered = packet.AnswerTo(ifindex);
        if (_maps["translated_flows"].TryLookup(answered, out TranslatedFlow flow))
        {
            maps.TranslatedFlows[answered] = flow;
        }

        if (_maps["translated_new"].TryLookup(answered, out flow))
        {
            maps.TranslatedNew[answered] = flow;
        }
    }

    /// <summary>What a NIC may send from: its addresses, and <c>::</c> for itself.</summary>
    /// <param name="ifindex">The NIC's device, on the host's side.</param>
    public List<(DatapathAddress Address, NicSource Source)> ReadNicSources(uint ifindex)
    {
        List<(DatapathAddress, NicSource)> sources = [];
        foreach (NicSourceKey key in _maps["nic_sources"].Keys<NicSourceKey>().Where(key => key.Ifindex == ifindex))
        {
            if (_maps["nic_sources"].TryLookup(key, out NicSource source))
            {
                sources.Add((key.Addr, source));
            }
        }

        return sources;
    }

    /// <summary>The NICs of this machine: their devices, on the host's side, by their <see cref="TargetHash"/>.</summary>
    public Dictionary<ulong, uint> ReadNics()
    {
        Dictionary<ulong, uint> nics = [];
        foreach (DatapathAddress address in _maps["underlay"].Keys<DatapathAddress>())
        {
            if (_maps["underlay"].TryLookup(address, out UnderlayNic nic))
            {
                nics[UnderlayAddress.TargetOf(address)] = nic.Ifindex;
            }
        }

        return nics;
    }

    /// <summary>The program attached to a NIC's device; null where none of ours is. The caller disposes of it.</summary>
    /// <param name="ifindex">The device, on the host's side.</param>
    public BpfProgram? OpenNicProgram(uint ifindex) => OpenTc(Pins.Nic(ifindex), Pins.NicFilter(ifindex), ifindex, NicProgramName);

    /// <summary>What is served and by whom: the VIPs, and the targets by index. Not all of one time.</summary>
    public (DatapathConfig Config, List<Vip> Vips, Real[] Reals) ReadServed()
    {
        DatapathConfig config = ReadConfig();
        int slots = (int)config.VipMask + 1;
        return (config, VipTable.Read(_maps["vips"].Copy<Vip>().AsSpan(config.VipTable == 0 ? 0 : slots, slots)), _maps["reals"].Copy<Real>());
    }

    /// <summary>Totals of a verdict over all CPUs.</summary>
    public Counter ReadVerdictCounter(Verdict verdict) => PerCpuCounters.Sum(_maps["verdicts"], (uint)verdict);

    /// <summary>Totals of a real over all CPUs.</summary>
    public Counter ReadRealCounter(uint index) => PerCpuCounters.Sum(_maps["real_stats"], index);

    /// <summary>Totals of a VIP over all CPUs.</summary>
    public VipCounter ReadVipCounter(uint id) => PerCpuCounters.SumVip(_maps["vip_stats"], id);

    /// <inheritdoc/>
    public void Dispose()
    {
        Program?.Dispose();
        HandOverProgram?.Dispose();
        foreach (BpfMap map in _maps.Values)
        {
            map.Dispose();
        }
    }

    private void OpenPins(DatapathPins pins)
    {
        PinnedSet set = pins.Served() ?? pins.Sets().FirstOrDefault() ?? throw new BpfException($"no maps are pinned in {pins.Directory}; an agent pins them");
        if (set.IsLayout1)
        {
            throw new BpfException(
                $"the maps pinned in {pins.Directory} have layout 1 and this release reads layout {DatapathConfig.CurrentLayoutVersion};"
                + " use the release that the agent of this machine has");
        }

        (Pins, Set) = (pins, set);
        foreach (string name in MapNames)
        {
            _maps.Add(name, set.OpenMap(name));
        }

        CheckLayout(pins.Directory);
        if (pins.Serving() is { } serving)
        {
            UplinkIfindex = serving.Ifindex;
            Program = BpfProgram.OpenById(serving.Id, serving.IsTc ? DatapathPins.TcProgram : XdpProgram);
            IsServedByTc = serving.IsTc;
            HandOverProgram = serving.IsTc ? null : OpenTc(pins.UplinkTc, pins.UplinkFilter((uint)UplinkIfindex), (uint)UplinkIfindex, UplinkProgram);
        }
    }

    /// <summary>A program at a device's tc ingress, attached by a link or, before Linux 6.6, as a filter.</summary>
    private static BpfProgram? OpenTc(string linkPin, string filterPin, uint ifindex, string name)
    {
        if (File.Exists(linkPin))
        {
            using BpfLink link = BpfLink.OpenPinned(linkPin);
            if (link.Ifindex != 0 && link.Ifindex == (int)ifindex)
            {
                return BpfProgram.OpenById(link.ProgramId, name);
            }
        }

        if (!File.Exists(filterPin))
        {
            return null;
        }

        BpfProgram filter = BpfProgram.OpenPinned(filterPin);
        if (TcFilter.ProgramAt((int)ifindex) == filter.Id)
        {
            return filter;
        }

        filter.Dispose();
        return null;
    }

    private DatapathConfig ReadConfig() => _maps["config"].Copy<DatapathConfig>()[0];

    private void CheckLayout(string directory)
    {
        uint version = ReadConfig().LayoutVersion;
        if (version != DatapathConfig.CurrentLayoutVersion)
        {
            throw new BpfException(
                $"the maps pinned in {directory} have layout {version} and this release reads layout {DatapathConfig.CurrentLayoutVersion};"
                + " use the release that the agent of this machine has");
        }
    }
}
