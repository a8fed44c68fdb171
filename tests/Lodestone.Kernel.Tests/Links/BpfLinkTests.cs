using Lodestone.Bpf;

namespace Lodestone.Kernel.Tests.Links;

public sealed class BpfLinkTests
{
    [Fact]
    public void AttachXdp_Veth_IsNativeAndGoneWithTheLink() => LinkLab.Run(lab =>
    {
        using BpfObject datapath = Load();
        using (BpfLink link = BpfLink.AttachXdp(datapath.Programs["lodestone_xdp"], LinkLab.Ifindex(lab.Uplink)))
        {
            Assert.Equal(XdpMode.Native, link.Mode);
            Assert.Equal(datapath.Programs["lodestone_xdp"].Id, link.ProgramId);
            Assert.Contains("xdp", LinkLab.Ip($"link show dev {lab.Uplink}"), StringComparison.Ordinal);
        }

        Assert.DoesNotContain("xdp", LinkLab.Ip($"link show dev {lab.Uplink}"), StringComparison.Ordinal);
    });

    [Fact]
    public void AttachXdp_Loopback_FallsBackToGeneric() => LinkLab.Run(lab =>
    {
        using BpfObject datapath = Load();
        using BpfLink link = BpfLink.AttachXdp(datapath.Programs["lodestone_xdp"], 1);

        Assert.Equal(XdpMode.Generic, link.Mode);
    });

    [Fact]
    public void AttachXdp_AnotherThere_SaysWhat() => LinkLab.Run(lab =>
    {
        using BpfObject datapath = Load();
        int ifindex = LinkLab.Ifindex(lab.Uplink);
        using BpfLink first = BpfLink.AttachXdp(datapath.Programs["lodestone_xdp"], ifindex);

        DeviceOccupiedException e = Assert.Throws<DeviceOccupiedException>(() => BpfLink.AttachXdp(datapath.Programs["lodestone_xdp"], ifindex));

        Assert.StartsWith($"device {lab.Uplink} (index {ifindex}) already runs XDP program 'lodestone_xdp' (id {first.ProgramId}, native, held by link {first.Id})", e.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void OpenPinned_AfterItsOwnerIsGone_UpdatesTheProgram() => LinkLab.Run(lab =>
    {
        Directory.CreateDirectory(lab.PinDirectory);
        string xdpPin = Path.Combine(lab.PinDirectory, "link_xdp");
        string upPin = Path.Combine(lab.PinDirectory, "link_up");
        using (BpfObject first = Load(lab.PinDirectory))
        using (BpfLink xdp = BpfLink.AttachXdp(first.Programs["lodestone_xdp"], LinkLab.Ifindex(lab.Uplink)))
        using (BpfLink up = BpfLink.AttachTcx(first.Programs["lodestone_up"], LinkLab.Ifindex(lab.Uplink), TcxDirection.Ingress))
        {
            xdp.Pin(xdpPin);
            up.Pin(upPin);
        }

        using BpfObject second = Load(lab.PinDirectory);
        using BpfLink xdpAgain = BpfLink.OpenPinned(xdpPin);
        using BpfLink upAgain = BpfLink.OpenPinned(upPin);
        Assert.NotEqual(second.Programs["lodestone_xdp"].Id, xdpAgain.ProgramId);
        xdpAgain.Update(second.Programs["lodestone_xdp"]);
        upAgain.Update(second.Programs["lodestone_up"]);

        Assert.Equal(second.Programs["lodestone_xdp"].Id, xdpAgain.ProgramId);
        Assert.Equal(second.Programs["lodestone_up"].Id, upAgain.ProgramId);
        Assert.Equal(LinkLab.Ifindex(lab.Uplink), upAgain.Ifindex);
        xdpAgain.Detach();
        Assert.DoesNotContain("prog/xdp", LinkLab.Ip($"link show dev {lab.Uplink}"), StringComparison.Ordinal);
    });

    private static BpfObject Load(string? pins = null)
        => BpfObject.Load(LodestoneObjects.Datapath, new BpfLoadOptions { PinDirectory = pins });
}
