using System.Diagnostics;
using System.Globalization;
using System.Text;
using Lodestone.Bpf;
using Lodestone.Kernel.Tests.Packets;
using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;
using Lodestone.Linux.Packets;
using XdpMode = Lodestone.Bpf.XdpMode;

namespace Lodestone.Kernel.Tests.Live;

/// <summary>A machine in network namespaces with the real programs attached: an uplink, a NIC, and a device of each number that golden cases name.</summary>
/// <remarks>
/// Every device is a veth. The uplink's far end is in a namespace of its own, those of the others in one that stands for the workloads;
/// far ends have an XDP program where XDP serves the uplink, without which nothing that XDP sends arrives there. Packets are put in and taken out at the far ends.
/// </remarks>
internal sealed class LiveMachine : IDisposable
{
    /// <summary>Numbers of devices that no case names.</summary>
    private const int Uplink = 1001;
    private const int Nic = 1002;

    private const string Gateway = "02:00:00:00:00:01";

    // The most that XDP without fragments takes on a veth; cases about the MTU send more than 1500.
    private const int LeastMtu = 3400;
    private const int RoomForHeaders = 200;

    private static readonly ushort[] CommonTypes = [0x0800, 0x86dd, 0x0806];

    private readonly string _tag = $"{Environment.ProcessId:x}";
    private readonly List<NetworkNamespace> _namespaces = [];
    private readonly List<BpfLink> _links = [];
    private readonly Dictionary<ushort, PacketSocket> _passedAtNic = [];
    private readonly Dictionary<ushort, PacketSocket> _passedAtUplink = [];
    private readonly NetworkNamespace _machine;
    private readonly int _mtu;

    /// <summary>Builds it.</summary>
    /// <param name="devices">The numbers that the cases' devices have.</param>
    /// <param name="longestFrame">Bytes of the longest frame that will be sent.</param>
    /// <param name="isServedByTc">Whether the uplink is served by tc and not by XDP.</param>
    public LiveMachine(IReadOnlyCollection<int> devices, int longestFrame, bool isServedByTc)
    {
        IsServedByTc = isServedByTc;
        _mtu = Math.Max(LeastMtu, longestFrame + RoomForHeaders);
        Datapath = new DatapathUnderTest { UplinkIfindex = Uplink, NicIfindex = Nic };
        try
        {
            _machine = Create("m");
            NetworkNamespace wire = Create("u");
            NetworkNamespace workloads = Create("w");
            BuildDevices(wire, workloads, devices);
            _machine.Run(AttachPrograms);
            Wire = PacketSocket.OpenIncoming(FarEnd(wire, Uplink), wire);
            ToUplink = PacketSocket.Open(FarEnd(wire, Uplink), wire);
            Workloads = devices.Append(Nic).ToDictionary(d => d, d => PacketSocket.OpenIncoming(FarEnd(workloads, d), workloads));
            ToNic = PacketSocket.Open(FarEnd(workloads, Nic), workloads);
            SeenAtUplink = isServedByTc ? null : PacketSocket.OpenIncoming(Uplink, _machine);
            foreach (ushort type in CommonTypes)
            {
                _ = PassedAtNic(type);
                _ = PassedAtUplink(type);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public DatapathUnderTest Datapath { get; }

    /// <summary>What comes out of the uplink.</summary>
    public PacketSocket Wire { get; }

    /// <summary>Whether the uplink is served by tc and not by XDP.</summary>
    public bool IsServedByTc { get; }

    /// <summary>What XDP has left to the machine, whether tc hands it on to a workload or not; null where there is no XDP.</summary>
    public PacketSocket? SeenAtUplink { get; }

    /// <summary>What comes out of each device on the workloads' side.</summary>
    public IReadOnlyDictionary<int, PacketSocket> Workloads { get; }

    public PacketSocket ToUplink { get; }

    public PacketSocket ToNic { get; }

    /// <summary>What the workload at the NIC gets.</summary>
    public PacketSocket AtWorkload => Workloads[Nic];

    /// <summary>Every ear, with a name for messages.</summary>
    public IEnumerable<(string Name, PacketSocket Socket)> Ears =>
    [
        ("the uplink's far end", Wire),
        .. SeenAtUplink is { } seen ? [("the machine, at its uplink", seen)] : Array.Empty<(string, PacketSocket)>(),
        .. _passedAtUplink.Select(p => ($"the machine, at its uplink (type 0x{p.Key:x4})", p.Value)),
        .. Workloads.Select(w => (w.Key == Nic ? "the NIC's workload" : $"the workload behind device {w.Key}", w.Value)),
        .. _passedAtNic.Select(p => ($"the machine, at its NIC (type 0x{p.Key:x4})", p.Value)),
    ];

    /// <summary>What tc lets through at the NIC, of one EtherType.</summary>
    public PacketSocket PassedAtNic(ushort etherType) => Passed(_passedAtNic, Nic, etherType);

    /// <summary>The same at the uplink; whoever listens to all types hears what tc has not seen yet.</summary>
    public PacketSocket PassedAtUplink(ushort etherType) => SeenAtUplink ?? Passed(_passedAtUplink, Uplink, etherType);

    public void Dispose()
    {
        foreach (IDisposable? part in (IDisposable?[])[Wire, SeenAtUplink, ToUplink, ToNic, .. Workloads?.Values ?? [], .. _passedAtNic.Values, .. _passedAtUplink.Values, .. _links, Datapath])
        {
            part?.Dispose();
        }

        foreach (NetworkNamespace network in _namespaces)
        {
            network.Dispose();
            NetworkNamespace.Delete(network.Name);
        }
    }

    private PacketSocket Passed(Dictionary<ushort, PacketSocket> sockets, int device, ushort etherType)
    {
        if (!sockets.TryGetValue(etherType, out PacketSocket? socket))
        {
            sockets.Add(etherType, socket = PacketSocket.OpenIncoming(device, _machine, etherType));
        }

        return socket;
    }

    private static string Name(int device) => device switch
    {
        Uplink => "uplink",
        Nic => "nic",
        _ => string.Create(CultureInfo.InvariantCulture, $"dev{device}"),
    };

    private static int FarEnd(NetworkNamespace network, int device)
    {
        using RtNetlink netlink = RtNetlink.Open(network);
        return netlink.GetLink(Name(device)).Index;
    }

    /// <summary>A namespace in which no link says anything by itself.</summary>
    private NetworkNamespace Create(string name)
    {
        NetworkNamespace network = NetworkNamespace.Create($"lsg{name}{_tag}");
        _namespaces.Add(network);
        network.SetVariable("net/ipv6/conf/default/disable_ipv6", name == "m" ? "0" : "1");
        network.SetVariable("net/ipv6/conf/default/accept_dad", "0");
        network.SetVariable("net/ipv6/conf/default/addr_gen_mode", "1");
        network.SetVariable("net/ipv6/conf/default/router_solicitations", "0");
        return network;
    }

    private void BuildDevices(NetworkNamespace wire, NetworkNamespace workloads, IReadOnlyCollection<int> devices)
    {
        StringBuilder script = new("link set lo up\n");
        foreach (int device in (int[])[Uplink, Nic, .. devices])
        {
            (NetworkNamespace far, string mac) = device == Uplink ? (wire, "02:00:00:00:00:02") : (workloads, $"02:00:00:00:01:{device % 256:x2}");
            script.AppendLine(CultureInfo.InvariantCulture, $"link add {Name(device)} index {device} address {mac} mtu {_mtu} type veth peer name {Name(device)} mtu {_mtu} netns {far.Name}");
            script.AppendLine(CultureInfo.InvariantCulture, $"link set {Name(device)} up");
        }

        // Where what a NIC sends goes next: a router on the uplink.
        foreach (string router in (string[])["192.0.2.254", "2001:db8:0:2::fe"])
        {
            script.AppendLine(CultureInfo.InvariantCulture, $"neigh add {router} lladdr {Gateway} dev uplink nud permanent");
            script.AppendLine(CultureInfo.InvariantCulture, $"route add default via {router} dev uplink onlink");
        }

        Ip(_machine, script.ToString());
        foreach (NetworkNamespace far in (NetworkNamespace[])[wire, workloads])
        {
            int[] here = far == wire ? [Uplink] : [Nic, .. devices];
            Ip(far, string.Concat(here.Select(d => $"link set {Name(d)} up\n")));
            int[] indexes = [.. here.Select(d => FarEnd(far, d))];
            if (!IsServedByTc)
            {
                far.Run(() => Array.ForEach(indexes, index => XdpPass.Attach(index)));
            }
        }
    }

    private void AttachPrograms()
    {
        if (IsServedByTc)
        {
            _links.Add(BpfLink.AttachTcx(Datapath.Programs["lodestone_tc"], Uplink, TcxDirection.Ingress));
        }
        else
        {
            BpfLink xdp = BpfLink.AttachXdp(Datapath.Programs["lodestone_xdp"], Uplink);
            _links.Add(xdp);
            Assert.Equal(XdpMode.Native, xdp.Mode);
            _links.Add(BpfLink.AttachTcx(Datapath.Programs["lodestone_up"], Uplink, TcxDirection.Ingress));
        }

        _links.Add(BpfLink.AttachTcx(Datapath.Programs["lodestone_nic"], Nic, TcxDirection.Ingress));
    }

    private static void Ip(NetworkNamespace network, string script)
    {
        using Process process = network.Start(new ProcessStartInfo("ip", "-batch -") { RedirectStandardInput = true, RedirectStandardError = true });
        process.StandardInput.Write(script);
        process.StandardInput.Close();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"ip: {error}\n{script}");
    }
}
