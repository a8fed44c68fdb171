using System.Net;
using System.Net.Sockets;

using Lodestone.Agent.Trace;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Cli.Demo;
using Lodestone.Cli.Lab;
using Lodestone.Client.Http;
using Lodestone.Datapath.Layout;
using Lodestone.EndToEnd.Tests.Overlay;
using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;

using static Lodestone.EndToEnd.Tests.Lab.LabObjects;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.EndToEnd.Tests.Translation;

/// <summary>From API objects to packets: workloads that own no VIP, behind a public and an Internal load balancer.</summary>
[Collection(MachineCollection.Name)]
public sealed class TranslationTests
{
    private const byte OnHostA = 1;
    private const byte OnHostB = 3;
    private const int ClosedPort = 5354;
    private const int FixedPort = 45000;
    private const int FarMtu = 1300;

    private static readonly IPAddress[] InternalVips = [IPAddress.Parse("10.0.0.100"), IPAddress.Parse("fd00:10::100")];
    private static readonly IPAddress Far4 = IPAddress.Parse("198.51.100.77");
    private static readonly IPAddress Far6 = IPAddress.Parse("2001:db8:77::77");

    [Fact]
    public async Task Translate_WorkloadsWithoutTheVip_AnswerFromItAndFromTheirOwnAddress()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        CancellationToken token = limit.Token;
        await using DemoEnvironment environment = await DemoEnvironment.CreateAsync(
            new Progress<string>(), TimeProvider.System, verbose: false, token, LodestoneProcess.Executable);
        NetworkLab lab = environment.Lab;
        LabWorkload web1 = lab.Workloads[0];
        LabWorkload inside = lab.Workloads[1];
        LabWorkload web3 = lab.Workloads[2];
        using NetworkNamespace far = AddFarClient(lab);
        await environment.StartServerAsync(token);
        await environment.IssueAgentCredentialsAsync(token);
        await environment.StartAgentAsync(token);
        using ApiClient api = environment.ConnectApi();
        await CreateObjectsAsync(api, lab, token);
        foreach (LabWorkload workload in lab.Workloads)
        {
            SendLargeFrames(workload.Namespace);
        }

        using var page1 = new WebServer(web1.Namespace, web1.Name);
        using var page3 = new WebServer(web3.Namespace, web3.Name);
        using var echo1 = new EchoServer(web1.Namespace, OnHostA, [web1.Ipv4, web1.Ipv6]);
        using var echo3 = new EchoServer(web3.Namespace, OnHostB, [web3.Ipv4, web3.Ipv6]);
        IPAddress[] publicVips = await WaitForBalancerAsync(api, "web", "2/2", "1 of 1 gateways", token);
        await WaitForBalancerAsync(api, "db", "2/2", "2 of 2 hosts", token);

        foreach (IPAddress vip in publicVips)
        {
            await AssertBothAsync(() => WebServer.GetAsync(lab.Client.Namespace, vip, token), [web1.Name, web3.Name], $"HTTP to {vip}");
            await AssertBothAsync(() => EchoServer.AskAsync(lab.Client, vip, token), [OnHostA, OnHostB], $"UDP to {vip}");
            await AssertRefusedAsync(lab.Client.Namespace, vip, token);

            // Behind a router that takes less than the workloads send at once: it tells the VIP.
            await AssertBothAsync(() => WebServer.GetAsync(far, vip, token), [web1.Name, web3.Name], $"HTTP to {vip} over a narrow path");
        }

        foreach (IPAddress vip in InternalVips)
        {
            await AssertBothAsync(() => WebServer.GetAsync(inside.Namespace, vip, token), [web1.Name, web3.Name], $"HTTP to {vip}");
            await AssertBothAsync(() => EchoServer.TalkAsync(inside, vip, 1 << 20, token), [OnHostA, OnHostB], $"TCP to {vip}");
            await AssertBothAsync(() => EchoServer.AskAsync(inside, vip, token), [OnHostA, OnHostB], $"UDP to {vip}");

            // A target as its own client, too.
            await AssertBothAsync(() => EchoServer.TalkAsync(web1, vip, 1 << 20, token), [OnHostA, OnHostB], $"TCP of {web1.Name} to {vip}");
        }

        // The own addresses, from the network and from the host, with ports that came by the VIP before.
        for (int i = 0; i < 6; i++)
        {
            await WebServer.GetAsync(inside.Namespace, InternalVips[0], token, FixedPort);
        }

        Assert.Equal(web1.Name, await WebServer.GetAsync(inside.Namespace, web1.Ipv4, token, FixedPort));
        Assert.Equal(web3.Name, await WebServer.GetAsync(inside.Namespace, web3.Ipv4, token, FixedPort));
        Assert.Equal(web1.Name, await WebServer.GetAsync(inside.Namespace, web1.Ipv6, token));
        Assert.Equal(web3.Name, await WebServer.GetAsync(inside.Namespace, web3.Ipv6, token));
        Assert.Equal(web1.Name, await WebServer.GetAsync(lab.HostA.Namespace, web1.Ipv4, token));
        Assert.Equal(OnHostA, await EchoServer.AskAsync(inside, web1.Ipv4, token));
        Assert.Equal(OnHostA, await EchoServer.TalkAsync(web3, web1.Ipv6, 1 << 20, token));

        using PinnedDatapath datapath = PinnedDatapath.Open($"{environment.Paths.Pins}/host-a");
        Assert.NotEqual(0ul, datapath.ReadVerdictCounter(Verdict.Translated).Packets);
        Assert.Equal(0ul, datapath.ReadVerdictCounter(Verdict.DropTranslation).Packets);
    }

    /// <summary>A namespace behind the client, which is its router, over a link that is narrower towards it than it says itself.</summary>
    private static NetworkNamespace AddFarClient(NetworkLab lab)
    {
        NetworkNamespace created = NetworkNamespace.Create($"lodestone-{lab.Id}-far");
        using RtNetlink router = RtNetlink.Open(lab.Client.Namespace);
        using RtNetlink inside = RtNetlink.Open(created);
        router.AddVeth(new VethEnd("far") { Mtu = FarMtu }, new VethEnd(LabNode.Device, created) { Mtu = lab.Options.EdgeMtu });
        int near = router.GetLink("far").Index;
        int link = inside.GetLink(LabNode.Device).Index;
        router.SetLink(near, new LinkSettings { IsUp = true });
        inside.SetLink(link, new LinkSettings { IsUp = true });
        inside.AddAddress(link, Far4, 32);
        inside.AddAddress(link, Far6, 128);
        router.AddRoute(new RouteSettings(new IPNetwork(Far4, 32), near));
        router.AddRoute(new RouteSettings(new IPNetwork(Far6, 128), near));
        inside.AddRoute(new RouteSettings(IPNetwork.Parse("0.0.0.0/0"), link) { Gateway = IPAddress.Parse("169.254.0.1"), IsOnLink = true, PreferredSource = Far4 });
        inside.AddRoute(new RouteSettings(IPNetwork.Parse("::/0"), link) { Gateway = IPAddress.Parse("fe80::1"), IsOnLink = true, PreferredSource = Far6 });
        router.AddAddress(near, IPAddress.Parse("169.254.0.1"), 32);
        router.AddAddress(near, IPAddress.Parse("fe80::1"), 64);
        lab.Client.Namespace.Run(() =>
        {
            File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1");
            File.WriteAllText("/proc/sys/net/ipv6/conf/all/forwarding", "1");
        });
        foreach (LabHost host in (LabHost[])[lab.HostA, lab.HostB])
        {
            using RtNetlink onHost = RtNetlink.Open(host.Namespace);
            onHost.AddRoute(new RouteSettings(new IPNetwork(Far4, 32), host.DeviceIndex) { Gateway = lab.Client.Ipv4 });
            onHost.AddRoute(new RouteSettings(new IPNetwork(Far6, 128), host.DeviceIndex) { Gateway = lab.Client.Ipv6 });
        }

        return created;
    }

    private static async Task CreateObjectsAsync(ApiClient api, NetworkLab lab, CancellationToken token)
    {
        await CreateNetworkAsync(api, lab, lab.Workloads.Where(workload => workload.Name != "web-2"), lab.Workloads.Where(workload => workload.Name == "web-2"), token);
        await WaitForInterfacesAsync(api, token);
        LoadBalancerPort[] ports =
        [
            Tcp(WebServer.Port),
            Tcp(EchoServer.TcpPort),
            new LoadBalancerPort { Protocol = "UDP", Port = EchoServer.UdpPort, EndPort = ClosedPort },
        ];
        foreach (LoadBalancer balancer in (LoadBalancer[])[PublicBalancer("web", ports), InternalBalancer("db", InternalVips, ports)])
        {
            await api.CreateAsync(PolicyOf(balancer.Metadata.Name!, new LoadBalancerPolicySpec { Delivery = "Translate" }), token);
            await api.CreateAsync(balancer, token);
        }
    }

    private static async Task AssertBothAsync<T>(Func<Task<T>> ask, T[] both, string what)
    {
        var names = new HashSet<T>();
        for (int i = 0; i < 40 && names.Count < both.Length; i++)
        {
            try
            {
                names.Add(await ask().WaitAsync(TimeSpan.FromSeconds(10)));
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"{what}: after {string.Join(", ", names)}: {e.Message}");
            }
        }

        Assert.True(names.SetEquals(both), $"{what}: answered by {string.Join(", ", names)}");
    }

    /// <summary>A port that nobody listens on: the workload says so, and the client takes it for the VIP's word.</summary>
    private static async Task AssertRefusedAsync(NetworkNamespace client, IPAddress vip, CancellationToken token)
    {
        using Socket socket = EchoServer.Open(client, vip.AddressFamily, SocketType.Dgram);
        await socket.ConnectAsync(new IPEndPoint(vip, ClosedPort), token);
        await socket.SendAsync(new byte[] { 1 }, token);
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(token);
        soon.CancelAfter(TimeSpan.FromSeconds(5));
        SocketException refused = await Assert.ThrowsAsync<SocketException>(async () => await socket.ReceiveAsync(new byte[16], soon.Token));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }
}
