using System.Text;

using Lodestone.Agent.Trace;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Bpf.Bench;
using Lodestone.Cli.Demo;
using Lodestone.Cli.Lab.Traffic;
using Lodestone.Cli.Lab;
using Lodestone.Client.Http;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;
using Lodestone.DatapathBench.Traffic;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.DatapathBench.Flood;

/// <summary>Two VIPs of one machine, each with three workloads: one is measured, the other flooded. The flooded one's workloads don't own it, so they drop what comes.</summary>
internal sealed class FloodSite(DemoEnvironment environment) : LodestoneSite(environment, TrafficLayout.Local, isWire: true)
{
    private const string FloodedName = "flooded";
    private const string ServerPrefix = "web-";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly string[] Names = ["web-1", "web-2", "web-3", "sink-1", "sink-2", "sink-3"];

    /// <summary>The lab it lives in. Without XDP a veth has a queue for each processor; with it one of 256 frames for all, and a flood that fills it is a full wire.</summary>
    public static LabOptions Options => new() { Hosts = [new("host-a", Names), new("host-b")], TakesXdpFrames = false };

    /// <summary>The flooded VIP.</summary>
    public IPAddress Flooded { get; private set; } = IPAddress.None;

    /// <summary>An address of the pool that no load balancer has.</summary>
    public IPAddress NoVip => Enumerable.Range(1, 14).Select(AddressOfPool).First(address => !address.Equals(Flooded) && !address.Equals(Addresses[0]));

    protected override IEnumerable<LabWorkload> Servers => Lab.Workloads.Where(workload => workload.Name.StartsWith(ServerPrefix, StringComparison.Ordinal));

    protected override string MoreManifests => Lab.Workloads.Except(Servers)
        .Aggregate(new StringBuilder(), (text, workload) => text.Append(NetworkInterface(workload, FloodedName)))
        .Append(Balancer(FloodedName, FloodedName))
        .ToString();

    /// <summary>Connections from the client.</summary>
    public NamespaceSockets ClientSockets => Environment.ClientSockets;

    /// <summary>TCP packets of the flooded VIP that found a target so far.</summary>
    public ulong CountBalanced()
    {
        using PinnedDatapath datapath = Open();
        return datapath.ReadVipCounter(VipOf(datapath, Flooded).Id).Protocols[VipCounter.IndexOf(6)].Packets;
    }

    /// <summary>Takes a target from its load balancer, and waits until slots of the VIP record flows.</summary>
    /// <param name="workload">Whose network interface loses its label.</param>
    /// <param name="vip">The VIP.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task DrainAsync(string workload, IPAddress vip, CancellationToken cancellationToken)
    {
        using ApiClient api = Environment.ConnectApi();
        await api.PatchAsync<NetworkInterface>(
            new ObjectKey("default", workload), PatchType.Merge, Encoding.UTF8.GetBytes("""{"metadata":{"labels":{"app":null}}}"""), cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        while (!IsLearning(vip))
        {
            await Task.Delay(50, limit.Token);
        }
    }

    protected override async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await base.PrepareAsync(cancellationToken);
        using ApiClient api = Environment.ConnectApi();
        Flooded = await WaitForVipAsync(api, FloodedName, IsProgrammed, "being programmed", cancellationToken);
        Lab.HostB.Namespace.Run(() => XdpDrop.Attach(Lab.HostB.DeviceIndex));
    }

    private PinnedDatapath Open() => PinnedDatapath.Open($"{Environment.Paths.Pins}/host-a");

    private static Vip VipOf(PinnedDatapath datapath, IPAddress vip) =>
        datapath.ReadServed().Vips.Single(entry => entry.Addr == DatapathAddress.From(vip) && entry.Network == 0);

    private bool IsLearning(IPAddress address)
    {
        using PinnedDatapath datapath = Open();
        DatapathMaps maps = datapath.Read();
        Vip vip = maps.Vips[maps.FindVip(DatapathAddress.From(address), 0)];
        int size = (int)(1L << (64 - (int)vip.RingShift));
        return vip.RingShift != 0 && maps.Rings.AsSpan((int)vip.RingBase, size).ToArray().Any(slot => (slot.Previous & RingSlot.Learn) != 0);
    }

    private IPAddress AddressOfPool(int offset)
    {
        byte[] bytes = Lab.Options.Ipv4Pool.BaseAddress.GetAddressBytes();
        bytes[3] += (byte)offset;
        return new IPAddress(bytes);
    }
}
