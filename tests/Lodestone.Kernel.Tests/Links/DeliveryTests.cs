using Lodestone.Bpf;
using Lodestone.Datapath.Layout;
using Lodestone.Kernel.Tests.Packets;

namespace Lodestone.Kernel.Tests.Links;

/// <summary>The three programs attached: a client's SYN reaches a workload that owns the VIP, and its answer the client.</summary>
public sealed class DeliveryTests
{
    private const string Vip = "198.51.100.1";

    [Fact]
    public void Connect_ClosedPortOfAWorkload_IsRefusedByTheWorkload() => LinkLab.Run(lab =>
    {
        using DatapathUnderTest datapath = new();
        int uplink = LinkLab.Ifindex(lab.Uplink);
        int nic = LinkLab.Ifindex(lab.Nic);
        Address(lab);
        datapath.Config[0].UplinkIfindex = (uint)uplink;
        GoldenState state = new(datapath);
        state.Apply($"real 1 peer {nic}");
        state.Apply($"vip {Vip} tcp:80 -> 1");
        datapath.AddSource(DatapathAddress.Parse(Vip), NicSource.Vip, nic);

        using BpfLink xdp = BpfLink.AttachXdp(datapath.Programs["lodestone_xdp"], uplink);
        using BpfLink up = BpfLink.AttachTcx(datapath.Programs["lodestone_up"], uplink, TcxDirection.Ingress);
        using BpfLink guard = BpfLink.AttachTcx(datapath.Programs["lodestone_nic"], nic, TcxDirection.Ingress);
        Counter[] before = datapath.ReadVerdicts();

        InvalidOperationException e = Assert.Throws<InvalidOperationException>(
            () => LinkLab.Ip($"netns exec {lab.Client} timeout 5 bash -c \"exec 3<>/dev/tcp/{Vip}/80\""));

        Assert.Contains("Connection refused", e.Message, StringComparison.Ordinal);
        Counter[] after = datapath.ReadVerdicts();
        Assert.Equal(1ul, Packets(Verdict.DeliverLocal));
        Assert.Equal(1ul, Packets(Verdict.ArpReply));
        Assert.Equal(1ul, Packets(Verdict.NicDsr));

        ulong Packets(Verdict verdict) => after[(int)verdict].Packets - before[(int)verdict].Packets;
    });

    private static void Address(LinkLab lab)
    {
        LinkLab.Ip($"addr add 192.0.2.249/30 dev {lab.Uplink}");
        LinkLab.Ip($"-n {lab.Client} addr add 192.0.2.250/30 dev client0");
        LinkLab.Ip($"-n {lab.Client} route add {Vip} via 192.0.2.249");
        LinkLab.Ip($"-n {lab.Workload} addr add {Vip}/32 dev lo");
        LinkLab.Ip($"-n {lab.Workload} route add default via 169.254.1.1 dev eth0 onlink");
    }
}
