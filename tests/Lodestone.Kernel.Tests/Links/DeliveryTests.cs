using Lodestone.Bpf;
using Lodestone.Datapath.Layout;
using Lodestone.Kernel.Tests.Packets;
using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Packets;
using Lodestone.TestKit.Packets;

namespace Lodestone.Kernel.Tests.Links;

/// <summary>The three programs attached: a client's SYN reaches a workload that owns the VIP, and its answer the client.</summary>
public sealed class DeliveryTests
{
    private const string Vip = "198.51.100.1";

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(false, 4)]
    public void Connect_ClosedPortsOfAWorkload_AreRefusedByTheWorkload(bool filters, int queues) => LinkLab.Run(
        lab =>
        {
            using DatapathUnderTest datapath = new();
            int uplink = LinkLab.Ifindex(lab.Uplink);
            int nic = LinkLab.Ifindex(lab.Nic);
            Address(lab);
            datapath.Config[0].UplinkIfindex = (uint)uplink;
            GoldenState state = new(datapath);
            state.Apply($"real 1 peer {nic}");
            state.Apply($"vip {Vip} tcp:80 -> 1");
            datapath.AddSource(DatapathAddress.Parse(Vip), new NicSource { Kind = NicSourceKind.Vip }, nic);

            using BpfLink xdp = BpfLink.AttachXdp(datapath.Programs["lodestone_xdp"], uplink);
            using BpfLink? up = AttachTc(datapath.Programs["lodestone_up"], uplink, filters);
            using BpfLink? guard = AttachTc(datapath.Programs["lodestone_nic"], nic, filters);
            Counter[] before = datapath.ReadVerdicts();

            // Of several queues, each client's CPU takes its own.
            for (int i = 0; i < queues; i++)
            {
                InvalidOperationException e = Assert.Throws<InvalidOperationException>(
                    () => LinkLab.Ip($"netns exec {lab.Client} timeout 5 taskset -c {i % Environment.ProcessorCount} bash -c \"exec 3<>/dev/tcp/{Vip}/80\""));
                Assert.Contains("Connection refused", e.Message, StringComparison.Ordinal);
            }

            Counter[] after = datapath.ReadVerdicts();
            Assert.Equal((ulong)queues, Packets(Verdict.DeliverLocal));
            Assert.Equal(1ul, Packets(Verdict.ArpReply));
            Assert.Equal((ulong)queues, Packets(Verdict.NicDsr));

            ulong Packets(Verdict verdict) => after[(int)verdict].Packets - before[(int)verdict].Packets;
        },
        queues);

    [Theory]
    [InlineData("vlan 100", Verdict.DropNicTagged)]
    [InlineData("svlan 7 / vlan 100", Verdict.DropNicTagged)]
    [InlineData("vlan 0 / vlan 100", Verdict.DropNicTagged)]
    [InlineData("vlan 0 prio 5", Verdict.PassNicOwnAddress)]
    public void Send_TaggedByAWorkload_IsDroppedUnlessOnlyAPriority(string tags, Verdict expected) => LinkLab.Run(lab =>
    {
        using DatapathUnderTest datapath = new();
        int nic = LinkLab.Ifindex(lab.Nic);
        datapath.AddSource(DatapathAddress.Parse("10.0.0.1"), new NicSource { Kind = NicSourceKind.Own }, nic);
        using BpfLink guard = BpfLink.AttachTcx(datapath.Programs["lodestone_nic"], nic, TcxDirection.Ingress);
        Counter[] before = datapath.ReadVerdicts();
        using NetworkNamespace workload = NetworkNamespace.Open(lab.Workload);
        workload.Run(() =>
        {
            using PacketSocket socket = PacketSocket.Open(LinkLab.Ifindex("eth0"));
            socket.Send(PacketText.Parse($"eth 02::05 > 02::02 / {tags} / ip4 10.0.0.1 > 203.0.113.9 / udp 1 > 2"));
        });

        Assert.True(SpinWait.SpinUntil(() => Packets() > 0, TimeSpan.FromSeconds(5)), string.Join(", ", Seen()));

        ulong Packets() => datapath.ReadVerdicts()[(int)expected].Packets - before[(int)expected].Packets;

        IEnumerable<Verdict> Seen() => datapath.ReadVerdicts().Select((c, i) => (c.Packets - before[i].Packets, i)).Where(c => c.Item1 > 0).Select(c => (Verdict)c.i);
    });

    private static BpfLink? AttachTc(BpfProgram program, int ifindex, bool filters)
    {
        if (!filters)
        {
            return BpfLink.AttachTcx(program, ifindex, TcxDirection.Ingress);
        }

        TcFilter.Attach(program, ifindex);
        return null;
    }

    private static void Address(LinkLab lab)
    {
        LinkLab.Ip($"addr add 192.0.2.249/30 dev {lab.Uplink}");
        LinkLab.Ip($"-n {lab.Client} addr add 192.0.2.250/30 dev client0");
        LinkLab.Ip($"-n {lab.Client} route add {Vip} via 192.0.2.249");
        LinkLab.Ip($"-n {lab.Workload} addr add {Vip}/32 dev lo");
        LinkLab.Ip($"-n {lab.Workload} route add default via 169.254.1.1 dev eth0 onlink");
    }
}
