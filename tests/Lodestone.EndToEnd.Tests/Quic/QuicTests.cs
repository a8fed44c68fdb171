using System.Net;
using System.Net.Sockets;

using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Cli.Demo;
using Lodestone.Cli.Lab;
using Lodestone.Client.Http;
using Lodestone.EndToEnd.Tests.Overlay;

using static Lodestone.EndToEnd.Tests.Lab.LabObjects;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.EndToEnd.Tests.Quic;

/// <summary>From a policy to packets: who has a server's connection ID reaches that server from whatever port, while targets come and go.</summary>
[Collection(MachineCollection.Name)]
public sealed class QuicTests
{
    private const int PortsEach = 24;
    private const int IdBytes = 4;

    private static readonly IPAddress[] InternalVips = [IPAddress.Parse("10.0.0.100"), IPAddress.Parse("fd00:10::100")];

    [Fact]
    public async Task Connections_ClientsMoveAndTargetsChange_StayWithTheirServers()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        CancellationToken token = limit.Token;
        await using DemoEnvironment environment = await DemoEnvironment.CreateAsync(
            new Progress<string>(), TimeProvider.System, verbose: false, token, LodestoneProcess.Executable);
        NetworkLab lab = environment.Lab;
        LabWorkload web1 = lab.Workloads[0], client = lab.Workloads[1], web3 = lab.Workloads[2];
        await environment.StartServerAsync(token);
        await environment.IssueAgentCredentialsAsync(token);
        await environment.StartAgentAsync(token);
        using ApiClient api = environment.ConnectApi();
        await CreateObjectsAsync(api, lab, token);

        // One target at first.
        await SelectAsync(api, web1, isTarget: true, token);
        IPAddress[] vips = [.. await WaitForBalancerAsync(api, "web", "1/1", null, token), .. await WaitForBalancerAsync(api, "db", "1/1", null, token)];
        Assert.Equal(4, vips.Length);
        foreach (LabWorkload target in (LabWorkload[])[web1, web3])
        {
            Array.ForEach(vips, vip => NetworkLab.AddVip(target, vip));
        }

        using var server1 = new EchoServer(web1.Namespace, 1, vips);
        using var server3 = new EchoServer(web3.Namespace, 3, vips);
        await AssertReachedAsync(web1, 1);

        // Its connections stay when another one comes, and that one has its own.
        await SelectAsync(api, web3, isTarget: true, token);
        await WaitForBalancerAsync(api, "web", "2/2", null, token);
        await WaitForBalancerAsync(api, "db", "2/2", null, token);
        await AssertReachedAsync(web1, 1);
        await AssertReachedAsync(web3, 3);

        // The first one leaves, but drains.
        await SelectAsync(api, web1, isTarget: false, token);
        await WaitForBalancerAsync(api, "web", "1/1", null, token);
        await WaitForBalancerAsync(api, "db", "1/1", null, token);
        await AssertReachedAsync(web1, 1);
        await AssertReachedAsync(web3, 3);

        LoadBalancerPolicy policy = await api.GetAsync<LoadBalancerPolicy>(new ObjectKey("default", "web"), token);
        Assert.Equal("True", policy.Status?.Conditions?.Find(c => c.Type == "ServerIDsUnique")?.Status);

        async Task AssertReachedAsync(LabWorkload server, byte name)
        {
            foreach (IPAddress vip in vips)
            {
                LabNode from = Array.IndexOf(InternalVips, vip) < 0 ? lab.Client : client;
                IPAddress own = vip.AddressFamily == AddressFamily.InterNetwork ? server.Ipv4 : server.Ipv6;

                // The agent takes a change up within moments; from then on every packet counts.
                await WaitAsync(async () => await AskAsync(from, vip, own, token) == name, () => $"{vip} does not reach {server.Name}", token);
                for (int i = 0; i < PortsEach; i++)
                {
                    Assert.Equal(name, await AskAsync(from, vip, own, token));
                }
            }
        }
    }

    /// <summary>A packet with a short header, of the connection of a server with this address, from a port of its own.</summary>
    private static async Task<byte> AskAsync(LabNode from, IPAddress vip, IPAddress server, CancellationToken token)
    {
        using Socket socket = EchoServer.Open(from.Namespace, vip.AddressFamily, SocketType.Dgram);
        await socket.ConnectAsync(new IPEndPoint(vip, EchoServer.UdpPort), token);
        await socket.SendAsync((byte[])[0x40, 2 << 5, .. QuicServerID.Of(server, IdBytes), 1, 2, 3, 4], token);
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(token);
        soon.CancelAfter(TimeSpan.FromSeconds(2));
        byte[] answer = new byte[16];
        try
        {
            return await socket.ReceiveAsync(answer, soon.Token) == 1 ? answer[0] : (byte)0;
        }
        catch (Exception e) when (!token.IsCancellationRequested && e is OperationCanceledException or SocketException)
        {
            return 0; // not yet there
        }
    }

    private static async Task CreateObjectsAsync(ApiClient api, NetworkLab lab, CancellationToken token)
    {
        await CreateNetworkAsync(api, lab, [], lab.Workloads, token);
        await CreateAsync(PublicBalancer("web", Udp(EchoServer.UdpPort)), [EchoServer.UdpPort]);
        await CreateAsync(InternalBalancer("db", InternalVips, Udp(EchoServer.UdpPort)), null);

        async Task CreateAsync(LoadBalancer balancer, List<int>? ports)
        {
            var quic = new QuicRouting { ConfigID = 2, ServerIDLength = IdBytes, Ports = ports };
            await api.CreateAsync(PolicyOf(balancer.Metadata.Name!, new LoadBalancerPolicySpec { Quic = quic }), token);
            await api.CreateAsync(balancer, token);
        }
    }

    private static async Task SelectAsync(ApiClient api, LabWorkload workload, bool isTarget, CancellationToken token)
    {
        NetworkInterface nic = await api.GetAsync<NetworkInterface>(new ObjectKey("default", workload.Name), token);
        await api.UpdateAsync(nic, n => n.Metadata.Labels = isTarget ? new() { ["app"] = "web" } : null, token);
    }
}
