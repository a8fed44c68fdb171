using Lodestone.Agent.Apply;
using Lodestone.Agent.Kernel;
using Lodestone.Bpf;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;

namespace Lodestone.Agent.Trace;

/// <summary>The maps and the program that an agent has pinned, opened to look at. Writes nothing; the agent may run meanwhile, or not.</summary>
public sealed class PinnedDatapath : IDisposable
{
    private const string XdpProgram = "lodestone_xdp";
    private const int Attempts = 5;

    private static readonly string[] MapNames =
        ["config", "vips", "rings", "reals", "flows", "port_bitmaps", "underlay", "nic_sources", "verdicts", "real_stats", "vip_stats"];

    private readonly Dictionary<string, BpfMap> _maps = [];

    private PinnedDatapath()
    {
    }

    /// <summary>The program attached to the uplink; null where none is pinned.</summary>
    public BpfProgram? Program { get; private set; }

    /// <summary>The device it is attached to; 0 where there is none, or where the device is gone.</summary>
    public int UplinkIfindex { get; private set; }

    /// <summary>How many entries each map has, as a copy has to be loaded with.</summary>
    public IReadOnlyDictionary<string, uint> Sizes => _maps.ToDictionary(map => map.Key, map => map.Value.MaxEntries);

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

    /// <summary>A copy of the arrays, all of one time. Hash maps are left out: what a client sends never looks at them.</summary>
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

            // While a VIP table is served, the rings, ports and reals that it names stay where they are.
            if (LayoutEquality<DatapathConfig>.Instance.Equals(before, ReadConfig()))
            {
                return maps;
            }
        }

        throw new BpfException("the tables changed each time they were read; try again when the agent is quieter");
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
        foreach (BpfMap map in _maps.Values)
        {
            map.Dispose();
        }
    }

    private void OpenPins(DatapathPins pins)
    {
        foreach (string name in MapNames)
        {
            _maps.Add(name, BpfMap.OpenPinned(Path.Combine(pins.Directory, name)));
        }

        CheckLayout(pins.Directory);
        if (File.Exists(pins.UplinkXdp))
        {
            using BpfLink link = BpfLink.OpenPinned(pins.UplinkXdp);
            UplinkIfindex = link.Ifindex;
            Program = BpfProgram.OpenById(link.ProgramId, XdpProgram);
        }
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
