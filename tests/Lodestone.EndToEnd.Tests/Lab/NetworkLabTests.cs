using System.Diagnostics;
using System.Net;
using System.Net.NetworkInformation;

using Lodestone.Cli.Lab;
using Lodestone.Linux.Devices;
using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;

namespace Lodestone.EndToEnd.Tests.Lab;

public class NetworkLabTests
{
    [Fact]
    public async Task CreateAsync_Defaults_ClientReachesBothHostsInBothFamilies()
    {
        await using NetworkLab lab = await NetworkLab.CreateAsync(new LabOptions(), progress: null, TestContext.Current.CancellationToken);

        foreach (IPAddress address in new[] { lab.HostA.Ipv4, lab.HostA.Ipv6, lab.HostB.Ipv4, lab.HostB.Ipv6 })
        {
            Assert.Equal(IPStatus.Success, PingFrom(lab.Client, address));
        }
    }

    [Fact]
    public async Task CreateAsync_Defaults_WorkloadsAreReadyForTheirHostsDataPath()
    {
        await using NetworkLab lab = await NetworkLab.CreateAsync(new LabOptions(), progress: null, TestContext.Current.CancellationToken);

        Assert.Equal(["web-1", "web-2", "web-3"], lab.Workloads.Select(workload => workload.Name));
        LabWorkload web3 = lab.Workloads[2];
        Assert.Equal("lodestone://host-b/web-3", web3.ProviderId);
        Assert.False(Ethtool.GetFeatures(LabNode.Device, web3.Namespace).TransmitChecksum);
        using RtNetlink segment = RtNetlink.Open(lab.Segment);
        Assert.Equal(XdpMode.Native, segment.GetLink("host-a").XdpMode);

        using RtNetlink inside = RtNetlink.Open(web3.Namespace);
        Assert.True(inside.TryLookUpRoute(lab.Client.Ipv4, null, out RouteInfo? route4));
        Assert.True(inside.TryLookUpRoute(lab.Client.Ipv6, null, out RouteInfo? route6));
        Assert.Equal(("169.254.0.1", web3.Ipv4), (route4.Gateway?.ToString(), route4.PreferredSource));
        Assert.Equal(("fe80::1", web3.Ipv6), (route6.Gateway?.ToString(), route6.PreferredSource));

        using RtNetlink onHost = RtNetlink.Open(lab.HostB.Namespace);
        LinkInfo nic = onHost.GetLink(web3.HostDevice);
        NeighbourInfo? neighbour = await NeighbourResolver.ResolveAsync(
            lab.HostB.Namespace, nic.Index, web3.Ipv4, keepFresh: false, TestContext.Current.CancellationToken);
        Assert.Equal(web3.LinkAddress, neighbour?.LinkAddress);
    }

    [Theory]
    [InlineData("203.0.113.1")]
    [InlineData("2001:db8:cafe::1")]
    public async Task AddVip_ThenRemoveVip_WorkloadOwnsItMeanwhile(string text)
    {
        await using NetworkLab lab = await NetworkLab.CreateAsync(new LabOptions(), progress: null, TestContext.Current.CancellationToken);
        LabWorkload web4 = lab.AddWorkload("web-4", lab.HostB);
        var vip = IPAddress.Parse(text);

        NetworkLab.AddVip(web4, vip);
        Assert.Equal(RouteKind.Local, await SettledKindAsync(web4, vip, RouteKind.Local));

        NetworkLab.RemoveVip(web4, vip);
        Assert.Equal(RouteKind.Unicast, await SettledKindAsync(web4, vip, RouteKind.Unicast));
    }

    [Fact]
    public async Task DisposeAsync_WithARunningProcess_LeavesNothing()
    {
        NetworkLab lab = await NetworkLab.CreateAsync(new LabOptions(), progress: null, TestContext.Current.CancellationToken);
        using Process process = lab.Start(lab.HostA, new ProcessStartInfo("sleep", "600"));
        Assert.NotEmpty(lab.FindRemains());

        await lab.DisposeAsync();

        Assert.Empty(lab.FindRemains());
        Assert.True(process.HasExited);
    }

    [Fact]
    public async Task CleanUpLeftoversAsync_LabOfALivingProcess_IsLeftAlone()
    {
        await using NetworkLab lab = await NetworkLab.CreateAsync(new LabOptions(), progress: null, TestContext.Current.CancellationToken);

        IReadOnlyList<string> removed = await NetworkLab.CleanUpLeftoversAsync(includeKept: true);

        Assert.DoesNotContain(lab.Id, removed);
        Assert.Equal(IPStatus.Success, PingFrom(lab.Client, lab.HostA.Ipv4));
    }

    [Fact]
    public async Task CleanUpLeftoversAsync_OwnerDied_RemovesNamespacesAndProcesses()
    {
        await using NetworkLab lab = await NetworkLab.CreateAsync(new LabOptions(), progress: null, TestContext.Current.CancellationToken);
        using Process process = lab.Start(lab.Client, new ProcessStartInfo("sleep", "600"));

        // The note as another process would have left it that is gone since: this number never runs.
        string note = "/run/lodestone/labs/" + lab.Id;
        string[] lines = await File.ReadAllLinesAsync(note, TestContext.Current.CancellationToken);
        lines[0] = "owner 2147483647 1";
        await File.WriteAllLinesAsync(note, lines, TestContext.Current.CancellationToken);

        IReadOnlyList<string> removed = await NetworkLab.CleanUpLeftoversAsync(includeKept: false);

        Assert.Contains(lab.Id, removed);
        Assert.Empty(lab.FindRemains());
        Assert.True(process.HasExited);
    }

    [Fact]
    public async Task CleanUpLeftoversAsync_NamespaceWithoutNote_IsRemoved()
    {
        const string Name = "lodestone-ffff-client";
        NetworkNamespace.Delete(Name);
        NetworkNamespace.Create(Name).Dispose();

        IReadOnlyList<string> removed = await NetworkLab.CleanUpLeftoversAsync(includeKept: false);

        Assert.Contains("ffff", removed);
        Assert.False(NetworkNamespace.Exists(Name));
    }

    // The kernel adds the route of an IPv6 address in a work queue of its own, a moment after it has answered (addrconf_dad_work).
    private static async Task<RouteKind> SettledKindAsync(LabWorkload workload, IPAddress address, RouteKind expected)
    {
        var clock = Stopwatch.StartNew();
        while (KindOfRoute(workload, address) != expected && clock.Elapsed < TimeSpan.FromSeconds(10))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TestContext.Current.CancellationToken);
        }

        return KindOfRoute(workload, address);
    }

    private static IPStatus PingFrom(LabNode node, IPAddress address) => node.Namespace.Run(() =>
    {
        using var ping = new Ping();
        return ping.Send(address, 2000).Status;
    });

    private static RouteKind KindOfRoute(LabNode node, IPAddress address)
    {
        using RtNetlink netlink = RtNetlink.Open(node.Namespace);
        Assert.True(netlink.TryLookUpRoute(address, null, out RouteInfo? route));
        return route.Kind;
    }
}
