using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Cli.Demo;
using Lodestone.Cli.Lab;
using Lodestone.Client.Http;
using Lodestone.EndToEnd.Tests.Overlay;
using Lodestone.Linux.Netlink;
using Lodestone.Linux.Packets;

using static Lodestone.EndToEnd.Tests.Lab.LabObjects;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.EndToEnd.Tests.Delivery;

/// <summary>From a policy to packets: how they are wrapped for another machine, by what is on that machine's cable, and that they arrive.</summary>
[Collection(MachineCollection.Name)]
public sealed class EncapsulationTests
{
    private const int EthernetLength = 14;
    private const int PlainPort = 5354;
    private const int AcceptWithoutChecksum = 102; // UDP_NO_CHECK6_RX
    private const ushort GenevePort = 6081;
    private const ushort GuePort = 6080;

    [Fact]
    public async Task Policy_NamesAnEncapsulation_PacketsAreWrappedSoAndArrive()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        CancellationToken token = limit.Token;
        await using DemoEnvironment environment = await DemoEnvironment.CreateAsync(
            new Progress<string>(), TimeProvider.System, verbose: false, token, LodestoneProcess.Executable);
        NetworkLab lab = environment.Lab;
        LabWorkload web3 = lab.Workloads[2];
        await environment.StartServerAsync(token);
        await environment.IssueAgentCredentialsAsync(token);
        await environment.StartAgentAsync(token);
        using ApiClient api = environment.ConnectApi();
        await CreateNetworkAsync(api, lab, [web3], [], token);
        await api.CreateAsync(PublicBalancer("web", Udp(EchoServer.UdpPort)), token);
        IPAddress[] vips = await WaitForBalancerAsync(api, "web", "1/1", "1 of 1 gateways", token);
        Array.ForEach(vips, vip => NetworkLab.AddVip(web3, vip));
        using var server = new EchoServer(web3.Namespace, 3, vips);
        int port;
        using (RtNetlink netlink = RtNetlink.Open(lab.Segment))
        {
            port = netlink.GetLink(lab.HostB.Name).Index;
        }

        using PacketSocket cable = PacketSocket.Open(port, lab.Segment, receive: true);
        await WaitForFormAsync("directly in IPv6");
        LoadBalancerPolicy policy = await api.CreateAsync(PolicyOf("web", new LoadBalancerPolicySpec { Encapsulation = "Geneve" }), token);
        await WaitForFormAsync("Geneve over IPv6");

        // What is for plain hosts does not concern a network interface.
        policy = (await api.UpdateAsync(policy, p => p.Spec.Encapsulation = "GUE", token))!;
        await WaitForFormAsync("directly in IPv6");
        await api.UpdateAsync(policy, p => p.Spec.Encapsulation = "IPv6", token);
        await WaitForFormAsync("directly in IPv6");

        async Task WaitForFormAsync(string expected)
        {
            foreach (IPAddress vip in vips)
            {
                string seen = "";
                await WaitAsync(
                    async () =>
                    {
                        // Every one is answered, whatever it came in.
                        Task<byte> asking = EchoServer.AskAsync(lab.Client, vip, token);
                        seen = await NextFormAsync(cable, token);
                        Assert.Equal(3, await asking);
                        return seen == expected;
                    },
                    () => $"packets to {vip} come {seen}, not {expected}",
                    token);
            }
        }
    }

    /// <summary>A host without an agent, in a routing that somebody else writes: directly in IP, or in GUE, as its policy says.</summary>
    [Fact]
    public async Task Routing_PlainHostAndEncapsulation_HostGetsThePacketInside()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        CancellationToken token = limit.Token;
        await using DemoEnvironment environment = await DemoEnvironment.CreateAsync(
            new Progress<string>(), TimeProvider.System, verbose: false, token, LodestoneProcess.Executable);
        NetworkLab lab = environment.Lab;
        await environment.StartServerAsync(token);
        using ApiClient api = environment.ConnectApi();
        await CreateNetworkAsync(api, lab, [], [], token);
        LoadBalancer balancer = PublicBalancer("web", Udp(PlainPort));
        balancer.Spec.NetworkInterfaceSelector = null;
        await api.CreateAsync(balancer, token);
        Network network = await api.GetAsync<Network>(new ObjectKey("default", "blue"), token);
        LoadBalancerRouting routing = await api.CreateAsync(
            new LoadBalancerRouting
            {
                Metadata = Named("web"),
                NetworkRef = new LocalUidReference { Name = "blue", Uid = network.Metadata.Uid! },
                Destinations = [new LoadBalancerDestination { Ip = lab.HostB.Ipv6.ToString() }],
            },
            token);
        string vip = "";
        await WaitAsync(
            async () => (vip = (await api.GetAsync<LoadBalancer>(new ObjectKey("default", "web"), token)).Status?.Ips?.Find(ip => ip.Contains(':', StringComparison.Ordinal)) ?? "").Length > 0,
            () => "no IPv6 address",
            token);

        // Nobody on that machine takes off what is around it.
        using PacketSocket device = PacketSocket.Open(lab.HostB.DeviceIndex, lab.HostB.Namespace, receive: true);
        using Socket gue = EchoServer.Open(lab.HostB.Namespace, AddressFamily.InterNetworkV6, SocketType.Dgram);

        // As a tunnel's receiver does: what is inside has checksums (RFC 6935, 5).
        gue.SetRawSocketOption((int)ProtocolType.Udp, AcceptWithoutChecksum, BitConverter.GetBytes(1));
        gue.Bind(new IPEndPoint(IPAddress.IPv6Any, GuePort));
        using Socket client = EchoServer.Open(lab.Client.Namespace, AddressFamily.InterNetworkV6, SocketType.Dgram);
        await client.ConnectAsync(new IPEndPoint(IPAddress.Parse(vip), PlainPort), token);

        AssertInner(await SendUntilAsync(ReceiveDirectAsync(device, token), "directly in IPv6"));
        await api.UpdateAsync(routing, r => r.Policy = new RoutingPolicy { Name = "by-hand", Uid = "by-hand", Generation = 1, Encapsulation = "GUE" }, token);
        AssertInner(await SendUntilAsync(ReceiveAsync(gue, token), "in GUE"));

        async Task<byte[]> SendUntilAsync(Task<byte[]> receiving, string how)
        {
            await WaitAsync(
                async () =>
                {
                    await client.SendAsync("hello"u8.ToArray(), token);
                    return await Task.WhenAny(receiving, Task.Delay(100, token)) == receiving;
                },
                () => $"nothing comes {how}",
                token);
            return await receiving;
        }

        void AssertInner(byte[] packet)
        {
            Assert.Equal((6, (byte)ProtocolType.Udp), (packet[0] >> 4, packet[6]));
            Assert.Equal(vip, new IPAddress(packet.AsSpan(24, 16)).ToString());
            Assert.Equal("hello"u8, packet.AsSpan(48));
        }
    }

    private static async Task<byte[]> ReceiveAsync(Socket socket, CancellationToken token)
    {
        byte[] buffer = new byte[256];
        return buffer[..await socket.ReceiveAsync(buffer, token)];
    }

    /// <summary>What is inside the next packet that comes with another directly behind its header.</summary>
    private static async Task<byte[]> ReceiveDirectAsync(PacketSocket device, CancellationToken token)
    {
        byte[] frame = new byte[256];
        while (true)
        {
            int length = await device.ReceiveAsync(frame, token);
            if (length > EthernetLength + 40 && BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(12)) == 0x86dd && frame[EthernetLength + 6] == (byte)ProtocolType.IPv6)
            {
                return frame[(EthernetLength + 40)..length];
            }
        }
    }

    /// <summary>How the next packet to a network interface's machine is wrapped.</summary>
    private static async Task<string> NextFormAsync(PacketSocket cable, CancellationToken token)
    {
        byte[] frame = new byte[256];
        while (true)
        {
            int length = await cable.ReceiveAsync(frame, token);
            if (length < EthernetLength + 44 || BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(12)) != 0x86dd)
            {
                continue;
            }

            switch ((ProtocolType)frame[EthernetLength + 6])
            {
                case ProtocolType.IPv4 or ProtocolType.IPv6:
                    return "directly in IPv6";
                case ProtocolType.Udp when BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(EthernetLength + 42)) == GenevePort:
                    return "Geneve over IPv6";
            }
        }
    }
}
