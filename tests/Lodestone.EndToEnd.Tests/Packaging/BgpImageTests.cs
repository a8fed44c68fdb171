using System.Net.Sockets;

using Lodestone.Api.Platform;
using Lodestone.Cli.Demo;
using Lodestone.Cli.Lab;
using Lodestone.Cli.Lab.Routing;
using Lodestone.Client.Http;
using Lodestone.EndToEnd.Tests.Bgp;
using Lodestone.EndToEnd.Tests.Soak;
using Lodestone.EndToEnd.Tests.Translation;

using static Lodestone.EndToEnd.Tests.Lab.LabObjects;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.EndToEnd.Tests.Packaging;

/// <summary>The agent of the image with FRR (<c>eng/image --bgp</c>), in a container like its DaemonSet's, before a router: what docs/operations/bgp.md says of Kubernetes.</summary>
[Collection(MachineCollection.Name)]
public sealed class BgpImageTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("lodestone-image-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Agent_OfTheImage_AnnouncesIsKilledAndLeaves()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && DebianPackage.IsNative, "needs root, and the native executable (LODESTONE_EXECUTABLE), of which images are made");
        Assert.SkipUnless(FrrRouter.IsInstalled, "needs the Debian package frr (eng/packages.sh)");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(4));
        CancellationToken token = limit.Token;
        string architecture = (await DebianPackage.RunAsync("dpkg", "--print-architecture")).Trim();
        await DebianPackage.RunAsync($"{DebianPackage.Repository}/eng/image", "--bgp", $"{architecture}={LodestoneProcess.Executable}");
        string root = await ImageContainer.UnpackAsync($"{DebianPackage.Repository}/artifacts/image/lodestone-bgp.oci.tar", _directory);
        await using DemoEnvironment environment = await DemoEnvironment.CreateAsync(new Progress<string>(), TimeProvider.System, verbose: false, token, LodestoneProcess.Executable);
        NetworkLab lab = environment.Lab;
        LabHost node = lab.HostB;
        await using BgpSite site = await BgpSite.CreateAsync(lab, token);
        await environment.StartServerAsync(token);
        await environment.IssueAgentCredentialsAsync(token);
        string secret = Directory.CreateDirectory(Path.Combine(_directory, "secret")).FullName;
        File.Copy($"{environment.Paths.Directory}/flow-hash.key", $"{secret}/flow-hash.key");
        File.Copy(environment.Paths.AgentKubeconfig, $"{secret}/kubeconfig");
        Directory.CreateDirectory(environment.Paths.Pins);
        string[] arguments =
        [
            "agent", "--kubeconfig=/etc/lodestone/kubeconfig", $"--host-name={node.Name}", $"--pin-dir={environment.Paths.Pins}/{node.Name}", "--flow-hash-key=/etc/lodestone/flow-hash.key",
            "--health-listen=127.0.0.1:9474", $"--uplink={LabNode.Device}", "--xdp-mode", lab.Options.XdpMode, "--underlay-prefix", $"{node.UnderlayPrefix}",
            "--role", "gateway", "--role", "hypervisor", "--bgp-shutdown-seconds", "2",
        ];
        using ApiClient api = environment.ConnectApi();
        await using var packets = new SequenceTraffic();
        LabWorkload web = lab.Workloads[2];
        using var server = new WebServer(web.Namespace, web.Name);
        IPAddress[] vips = [];
        IPAddress vip4 = IPAddress.None;
        await using (ImageContainer first = await ImageContainer.StartAsync(lab, node, root, secret, arguments, token))
        {
            try
            {
                // Only the container's gateway announces.
                await CreateObjectsAsync(api, lab, node, token);
                vips = await WaitForBalancerAsync(api, "web", "1/1", null, token);
                vip4 = vips.Single(vip => vip.AddressFamily == AddressFamily.InterNetwork);
                Array.ForEach(vips, vip => NetworkLab.AddVip(web, vip));
                packets.Listen(web, vips);
                await WaitForRoutesAsync(1);
                Assert.Equal([node.Ipv4.ToString()], await site.GatewaysOfAsync(vip4, token));
                await BgpSite.WaitForAnnouncedAsync(api, node.Name, 2, token);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"the container wrote:\n{first.Log}", e);
            }

            await AssertReachedAsync();
            AssertFromTheImage(first, root);
            packets.Start(lab, vips);
            await AssertReachedAsync();

            // Killed, with BFD up: FRR ends with it, routers keep the routes, what is pinned serves on.
        }

        Assert.Equal([node.Ipv4.ToString()], await site.GatewaysOfAsync(vip4, token));
        await AssertReachedAsync();
        long connections = await site.ConnectionsOfAsync(node, token);
        await using ImageContainer second = await ImageContainer.StartAsync(lab, node, root, secret, arguments, token);
        await WaitAsync(
            async () =>
            {
                await AssertReachedAsync();
                return await site.ConnectionsOfAsync(node, token) > connections && await site.IsSettledAsync(node, token);
            },
            () => $"the next container takes no session up, with BFD; it wrote:\n{second.Log}",
            token);
        await BgpSite.WaitForAnnouncedAsync(api, node.Name, 2, token);
        Assert.Equal(connections + 1, await site.ConnectionsOfAsync(node, token));
        await packets.AssertNoneLostAsync();

        // Ended in order: it says so, withdraws, and ends well within a pod's 30 seconds.
        second.Terminate();
        await site.WaitForGracefulShutdownAsync(vip4, node, () => $"; the container wrote:\n{second.Log}", token);
        await AssertReachedAsync();
        Assert.Equal(0, await second.WaitAsync(token).WaitAsync(TimeSpan.FromSeconds(15), TimeProvider.System, token));
        Assert.Null(await site.CommunitiesOfAsync(vip4, node, token));
        await WaitForRoutesAsync(0);

        async Task AssertReachedAsync()
        {
            foreach (IPAddress vip in vips)
            {
                Assert.Equal(web.Name, await WebServer.GetAsync(site.Client, vip, token));
            }
        }

        async Task WaitForRoutesAsync(int count)
        {
            foreach (IPAddress vip in vips)
            {
                await site.WaitForGatewaysAsync(vip, count, token);
            }
        }
    }

    /// <summary>FRR's daemons are the image's, and run in the container with no more than it has.</summary>
    private static void AssertFromTheImage(ImageContainer container, string root)
    {
        string pids = File.ResolveLinkTarget($"/proc/{container.Init}/ns/pid", returnFinalTarget: false)!.Name;
        string[] names = [.. Directory.EnumerateDirectories("/proc").Where(IsInside).Select(path => File.ReadAllText($"{path}/comm").Trim()).Order(StringComparer.Ordinal)];
        Assert.Equal(["bfdd", "bgpd", "lodestone", "zebra"], names);
        Assert.True(File.Exists(Path.Combine(root, "usr/lib/frr/bgpd")));

        bool IsInside(string path)
        {
            try
            {
                return char.IsAsciiDigit(Path.GetFileName(path)[0]) && File.ResolveLinkTarget($"{path}/ns/pid", returnFinalTarget: false)?.Name == pids;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false; // It ended while we looked.
            }
        }
    }

    private static async Task CreateObjectsAsync(ApiClient api, NetworkLab lab, LabHost node, CancellationToken token)
    {
        await BgpSite.CreatePeerAsync(api, lab, [node.Name], token);
        await CreateNetworkAsync(api, lab, [lab.Workloads[2]], [], token);
        await api.CreateAsync(PolicyOf("web", new LoadBalancerPolicySpec { Announcement = AnnouncementModes.Bgp }), token);
        await api.CreateAsync(PublicBalancer("web", Tcp(WebServer.Port), Udp(SequenceTraffic.UdpPort)), token);
    }
}
