using Lodestone.Agent.Apply;
using Lodestone.Bpf;
using Lodestone.Bpf.Btf;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Kernel;

/// <summary>The loaded packet programs and their maps, pinned so that they outlive the agent.</summary>
internal sealed class KernelDatapath : IDisposable
{
    private const string XdpProgram = "lodestone_xdp";
    private const string UplinkProgram = "lodestone_up";
    private const string NicProgram = "lodestone_nic";

    private readonly BpfObject _object;
    private readonly DatapathPins _pins;

    private KernelDatapath(BpfObject loaded, DatapathPins pins)
    {
        _object = loaded;
        _pins = pins;
        Maps = new KernelDatapathMaps(loaded);
    }

    /// <summary>The maps.</summary>
    public KernelDatapathMaps Maps { get; }

    /// <summary>Interface indexes of NICs with a program.</summary>
    public IReadOnlyList<uint> AttachedNics => _pins.Nics();

    /// <summary>Loads the programs over the maps that are pinned, or over new ones.</summary>
    /// <exception cref="BpfException">The kernel refused, or what is pinned has another size or layout.</exception>
    public static KernelDatapath Load(string directory, DatapathCapacities capacities)
    {
        BtfLayout.Verify(LodestoneObjects.Datapath);
        var pins = new DatapathPins(directory);
        pins.Create();
        CheckLayout(pins);
        BpfObject loaded = BpfObject.Load(LodestoneObjects.Datapath, new BpfLoadOptions
        {
            MapSizes = KernelDatapathMaps.SizesOf(capacities),
            PinDirectory = directory,
        });
        return new KernelDatapath(loaded, pins);
    }

    /// <summary>Has the uplink's packets handled. Tc first: what XDP hands on needs it.</summary>
    public void AttachUplink(uint ifindex)
    {
        BpfProgram tc = _object.Programs[UplinkProgram];
        BpfProgram xdp = _object.Programs[XdpProgram];
        DatapathPins.Attach(_pins.UplinkTc, ifindex, tc, () => BpfLink.AttachTcx(tc, (int)ifindex, TcxDirection.Ingress));
        DatapathPins.Attach(_pins.UplinkXdp, ifindex, xdp, () => BpfLink.AttachXdp(xdp, (int)ifindex));
    }

    /// <summary>How the uplink's XDP program runs.</summary>
    public XdpMode UplinkMode()
    {
        using BpfLink link = BpfLink.OpenPinned(_pins.UplinkXdp);
        return link.Mode;
    }

    /// <summary>Has what a NIC's workload sends handled. Does nothing where it is.</summary>
    public void AttachNic(uint ifindex)
    {
        BpfProgram nic = _object.Programs[NicProgram];
        DatapathPins.Attach(_pins.Nic(ifindex), ifindex, nic, () => BpfLink.AttachTcx(nic, (int)ifindex, TcxDirection.Ingress));
    }

    /// <summary>Leaves a device alone.</summary>
    public void DetachNic(uint ifindex) => DatapathPins.Detach(_pins.Nic(ifindex));

    /// <summary>Lets go of everything; what is pinned stays and serves.</summary>
    public void Dispose()
    {
        Maps.Dispose();
        _object.Dispose();
    }

    private static void CheckLayout(DatapathPins pins)
    {
        if (!File.Exists(pins.Config))
        {
            return;
        }

        using BpfMap config = BpfMap.OpenPinned(pins.Config);
        if (config.TryLookup(0u, out DatapathConfig held) && held.LayoutVersion is not (0 or DatapathConfig.CurrentLayoutVersion))
        {
            throw new BpfException(
                $"the maps pinned in {pins.Directory} have layout {held.LayoutVersion} and this agent writes layout {DatapathConfig.CurrentLayoutVersion};"
                + " remove the pins to start afresh");
        }
    }
}
