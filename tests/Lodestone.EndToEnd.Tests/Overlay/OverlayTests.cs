using System.Net;
using System.Net.Sockets;

using Lodestone.Agent.Trace;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Cli.Demo;
using Lodestone.Cli.Lab;
using Lodestone.Client.Http;
using Lodestone.Datapath.Layout;
using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;
using Lodestone.Linux.Packets;

using static Lodestone.EndToEnd.Tests.Lab.LabObjects;

namespace Lodestone.EndToEnd.Tests.Overlay;

/// <summary>From API objects to packets on two machines: an Internal load balancer, routing between NICs, and what doesn't cross.</summary>
[Collection(MachineCollection.Name)]
public sealed class OverlayTests
{
    private const byte OnHostA = 1;
    private const byte OnHostB = 3;
    private const byte Shadow = 9;
    private const int Megabytes = 1 << 20;

    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(700);
    private static readonly IPAddress[] Vips = [IPAddress.Parse("10.0.0.100"), IPAddress.Parse("fd00:10::100")];

    /// <summary>Directly in IPv6, and in Geneve over an IPv4 underlay.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Overlay_TwoHostsAndTwoNetworksOfTheSameAddresses_EachReachesItsOwnOnly(bool isUnderlayIPv4)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        await using DemoEnvironment environment = await DemoEnvironment.CreateAsync(
            new Progress<string>(), TimeProvider.System, verbose: false, limit.Token, LodestoneProcess.Executable, new LabOptions { IsUnderlayIPv4 = isUnderlayIPv4 });
        NetworkLab lab = environment.Lab;
        LabWorkload web1 = lab.Workloads[0];
        LabWorkload client = lab.Workloads[1];
        LabWorkload web3 = lab.Workloads[2];
        using NetworkNamespace other = AddShadow(lab, web3);
        await environment.StartServerAsync(limit.Token);
        await environment.IssueAgentCredentialsAsync(limit.Token);
        await environment.StartAgentAsync(limit.Token);
        using ApiClient api = environment.ConnectApi();
        await CreateObjectsAsync(api, lab, limit.Token);
        foreach (LabWorkload workload in (LabWorkload[])[web1, client, web3])
        {
            SendLargeFrames(workload.Namespace);
        }

        foreach (LabWorkload target in (LabWorkload[])[web1, web3])
        {
            Array.ForEach(Vips, vip => NetworkLab.AddVip(target, vip));
        }

        using var onHostA = new EchoServer(web1.Namespace, OnHostA, Vips);
        using var onHostB = new EchoServer(web3.Namespace, OnHostB, Vips);
        using var shadow = new EchoServer(other, Shadow, []);
        await WaitForBalancerAsync(api, "db", "2/2", "2 of 2 hosts", limit.Token);

        foreach (IPAddress vip in Vips)
        {
            await AssertBothAnswerAsync(() => EchoServer.TalkAsync(client, vip, Megabytes, limit.Token), $"TCP to {vip}");
            await AssertBothAnswerAsync(() => EchoServer.AskAsync(client, vip, limit.Token), $"UDP to {vip}");
        }

        // The shadow on this very host has the address of web-3, which is on the other one.
        Assert.Equal(OnHostB, await EchoServer.TalkAsync(client, web3.Ipv4, Megabytes, limit.Token));
        Assert.Equal(OnHostB, await EchoServer.TalkAsync(client, web3.Ipv6, Megabytes, limit.Token));
        Assert.Equal(OnHostA, await EchoServer.TalkAsync(client, web1.Ipv4, Megabytes, limit.Token));

        await AssertNothingCrossesAsync(environment, other, client);
        Assert.Equal(0, shadow.Accepted);
        AssertGuarded(environment, client);
    }

    /// <summary>A workload of another network on host-a, with web-3's address; the host's own routing leads to it too.</summary>
    private static NetworkNamespace AddShadow(NetworkLab lab, LabWorkload like)
    {
        NetworkNamespace created = NetworkNamespace.Create($"lodestone-{lab.Id}-shadow");
        using RtNetlink onHost = RtNetlink.Open(lab.HostA.Namespace);
        using RtNetlink inside = RtNetlink.Open(created);
        onHost.AddVeth(new VethEnd("shadow"), new VethEnd(LabNode.Device, created));
        int hostEnd = onHost.GetLink("shadow").Index;
        onHost.SetLink(hostEnd, new LinkSettings { IsUp = true });
        int link = inside.GetLink(LabNode.Device).Index;
        inside.SetLink(link, new LinkSettings { IsUp = true });
        inside.AddAddress(link, like.Ipv4, 32);
        inside.AddRoute(new RouteSettings(IPNetwork.Parse("0.0.0.0/0"), link) { Gateway = IPAddress.Parse("169.254.0.1"), IsOnLink = true, PreferredSource = like.Ipv4 });
        onHost.AddRoute(new RouteSettings(new IPNetwork(like.Ipv4, 32), hostEnd));
        return created;
    }

    private static async Task CreateObjectsAsync(ApiClient api, NetworkLab lab, CancellationToken cancellationToken)
    {
        foreach (string network in (string[])["blue", "red"])
        {
            await api.CreateAsync(new Network { Metadata = Named(network) }, cancellationToken);
        }

        foreach (LabWorkload workload in lab.Workloads)
        {
            // The client is of the network, but no target.
            string[] labels = workload.Name == "web-2" ? [] : ["db"];
            await api.CreateAsync(Interface(workload.Name, workload.ProviderId, "blue", [workload.Ipv4, workload.Ipv6], labels), cancellationToken);
        }

        await api.CreateAsync(Interface("shadow", "lodestone://host-a/shadow", "red", [lab.Workloads[2].Ipv4], []), cancellationToken);

        await WaitForInterfacesAsync(api, cancellationToken);
        await api.CreateAsync(new LoadBalancer
        {
            Metadata = Named("db"),
            Spec = new LoadBalancerSpec
            {
                Type = "Internal",
                IpFamilies = ["IPv4", "IPv6"],
                Ips = [.. Vips.Select(vip => new IpSource { Value = vip.ToString() })],
                NetworkRef = new LocalObjectReference { Name = "blue" },
                NetworkInterfaceSelector = new LabelSelector { MatchLabels = new() { ["app"] = "db" } },
                Ports = [new LoadBalancerPort { Protocol = "TCP", Port = EchoServer.TcpPort }, new LoadBalancerPort { Protocol = "UDP", Port = EchoServer.UdpPort }],
            },
        }, cancellationToken);
    }

    private static NetworkInterface Interface(string name, string providerId, string network, IPAddress[] addresses, string[] labels) => new()
    {
        Metadata = new ObjectMeta { Namespace = "default", Name = name, Labels = labels.ToDictionary(_ => "app", label => label) },
        Spec = new NetworkInterfaceSpec
        {
            ProviderID = providerId,
            NetworkRef = new LocalObjectReference { Name = network },
            IpFamilies = [.. addresses.Select(a => a.AddressFamily == AddressFamily.InterNetwork ? "IPv4" : "IPv6")],
            Ips = [.. addresses.Select(a => new IpSource { Value = a.ToString() })],
        },
    };

    private static async Task AssertBothAnswerAsync(Func<Task<byte>> ask, string what)
    {
        var names = new HashSet<byte>();
        for (int i = 0; i < 40 && names.Count < 2; i++)
        {
            names.Add(await ask());
        }

        Assert.True(names.SetEquals([OnHostA, OnHostB]), $"{what}: answered by {string.Join(", ", names)}");
    }

    /// <summary>From the other network neither its VIP nor its NICs are there, although the host's own routing leads to one on this host.</summary>
    private static async Task AssertNothingCrossesAsync(DemoEnvironment environment, NetworkNamespace other, LabWorkload inside)
    {
        ulong before = Count(environment, Verdict.DropNicForeign);
        foreach (IPAddress address in (IPAddress[])[Vips[0], inside.Ipv4])
        {
            using Socket socket = EchoServer.Open(other, AddressFamily.InterNetwork, SocketType.Stream);
            using var silence = new CancellationTokenSource(Silence);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await socket.ConnectAsync(new IPEndPoint(address, EchoServer.TcpPort), silence.Token));
        }

        Assert.InRange(Count(environment, Verdict.DropNicForeign) - before, 2ul, 20ul);
    }

    /// <summary>A source, ARP and neighbour discovery of others: dropped and counted.</summary>
    private static void AssertGuarded(DemoEnvironment environment, LabWorkload workload)
    {
        ulong spoofed = Count(environment, Verdict.DropNicSpoofed);
        ulong arp = Count(environment, Verdict.DropNicArpSpoofed);
        ulong discovery = Count(environment, Verdict.DropNicNdSpoofed);
        var stolen = IPAddress.Parse("10.0.0.77");
        NetworkLab.AddVip(workload, stolen);
        using (Socket socket = EchoServer.Open(workload.Namespace, AddressFamily.InterNetwork, SocketType.Dgram))
        {
            socket.Bind(new IPEndPoint(stolen, 0));
            socket.SendTo([1], new IPEndPoint(Vips[0], EchoServer.UdpPort));
        }

        using (PacketSocket socket = PacketSocket.Open(workload.DeviceIndex, workload.Namespace))
        {
            socket.Send(GratuitousArp.BuildAnnouncement(workload.LinkAddress, stolen));
            socket.Send(UnsolicitedNeighbourAdvertisement.Build(workload.LinkAddress, IPAddress.Parse("fd00:10::77")));
        }

        Assert.Equal(spoofed + 1, Count(environment, Verdict.DropNicSpoofed));
        Assert.Equal(arp + 1, Count(environment, Verdict.DropNicArpSpoofed));
        Assert.Equal(discovery + 1, Count(environment, Verdict.DropNicNdSpoofed));
    }

    private static ulong Count(DemoEnvironment environment, Verdict verdict)
    {
        using PinnedDatapath datapath = PinnedDatapath.Open($"{environment.Paths.Pins}/host-a");
        return datapath.ReadVerdictCounter(verdict).Packets;
    }
}
