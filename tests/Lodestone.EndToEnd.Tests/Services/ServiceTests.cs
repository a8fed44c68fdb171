using System.Net;

using Lodestone.Agent.Trace;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Cli.Demo;
using Lodestone.Cli.Lab;
using Lodestone.Client.Http;
using Lodestone.Datapath.Layout;
using Lodestone.EndToEnd.Tests.Overlay;

using static Lodestone.EndToEnd.Tests.Lab.LabObjects;

namespace Lodestone.EndToEnd.Tests.Services;

/// <summary>A load balancer whose targets are machines themselves, as one for a Kubernetes Service has: what each machine's own rules make of its packets.</summary>
[Collection(MachineCollection.Name)]
public sealed class ServiceTests
{
    private const byte OnHostA = 1;
    private const byte OnHostB = 2;
    private const int Megabyte = 1 << 20;

    /// <summary>Directly in IPv6, and in Geneve over an IPv4 underlay; host-a is the gateway, and a target itself. Agents have what the DaemonSet gives them.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Service_NodesAsTargets_ReachesPodsThroughTheRulesOfTheirNodes(bool isUnderlayIPv4)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        using var pod = new PodProcess();
        await using DemoEnvironment environment = await DemoEnvironment.CreateAsync(
            new Progress<string>(), TimeProvider.System, verbose: false, limit.Token, pod.Executable, new LabOptions { IsUnderlayIPv4 = isUnderlayIPv4 });
        NetworkLab lab = environment.Lab;
        using var nodeA = new KubeNode(lab, lab.HostA, OnHostA);
        using var nodeB = new KubeNode(lab, lab.HostB, OnHostB);
        await environment.StartServerAsync(limit.Token);
        await environment.IssueAgentCredentialsAsync(limit.Token);
        await environment.StartAgentAsync(limit.Token);
        using ApiClient api = environment.ConnectApi();
        IPAddress[] nodes = [.. new[] { lab.HostA, lab.HostB }.Select(host => isUnderlayIPv4 ? host.Ipv4 : host.Ipv6)];
        LoadBalancerRouting routing = await CreateObjectsAsync(api, lab, nodes, limit.Token);
        IPAddress[] vips = await WaitForBalancerAsync(api, "svc-web", "2/2", null, limit.Token);
        await nodeA.ServeAsync(vips, limit.Token);
        await nodeB.ServeAsync(vips, limit.Token);

        foreach (IPAddress vip in vips)
        {
            await AssertBothAnswerAsync(() => EchoServer.TalkAsync(lab.Client, vip, Megabyte, limit.Token), $"TCP to {vip}");
            await AssertBothAnswerAsync(() => EchoServer.AskAsync(lab.Client, vip, limit.Token), $"UDP to {vip}");
        }

        Assert.NotEqual(0ul, Count(environment, "host-a", Verdict.Forward));
        Assert.NotEqual(0ul, Count(environment, "host-a", Verdict.OwnStack));
        Assert.NotEqual(0ul, Count(environment, "host-b", Verdict.OwnStack));

        // The gateway's own pod goes: everything new goes to the other node.
        await api.UpdateAsync(routing, r => (r.Destinations, r.RingGeneration) = ([new LoadBalancerDestination { Ip = nodes[1].ToString() }], 2), limit.Token);
        await WaitForBalancerAsync(api, "svc-web", "1/1", null, limit.Token);
        int before = nodeA.Accepted;
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(OnHostB, await EchoServer.TalkAsync(lab.Client, vips[i % 2], 1000, limit.Token));
        }

        Assert.Equal(before, nodeA.Accepted);
    }

    /// <summary>As the Service controller writes them.</summary>
    private static async Task<LoadBalancerRouting> CreateObjectsAsync(ApiClient api, NetworkLab lab, IPAddress[] nodes, CancellationToken cancellationToken)
    {
        Network network = await api.CreateAsync(new Network { Metadata = Named("lodestone-services") }, cancellationToken);
        await api.CreateAsync(PublicPool(lab), cancellationToken);
        await api.CreateAsync(
            new LoadBalancerRouting
            {
                Metadata = Named("svc-web"),
                NetworkRef = new LocalUidReference { Name = network.Metadata.Name!, Uid = network.Metadata.Uid! },
                Destinations = [.. nodes.Select(node => new LoadBalancerDestination { Ip = node.ToString() })],
                RingGeneration = 1,
            },
            cancellationToken);
        await api.CreateAsync(
            new LoadBalancer
            {
                Metadata = Named("svc-web"),
                Spec = new LoadBalancerSpec
                {
                    Type = "Public",
                    IpFamilies = ["IPv4", "IPv6"],
                    NetworkRef = new LocalObjectReference { Name = "lodestone-services" },
                    Ports = [new LoadBalancerPort { Protocol = "TCP", Port = EchoServer.TcpPort }, new LoadBalancerPort { Protocol = "UDP", Port = EchoServer.UdpPort }],
                },
            },
            cancellationToken);
        return await api.GetAsync<LoadBalancerRouting>(new ObjectKey("default", "svc-web"), cancellationToken);
    }

    private static async Task AssertBothAnswerAsync(Func<Task<byte>> ask, string what)
    {
        var names = new HashSet<byte>();
        for (int i = 0; i < 40 && names.Count < 2; i++)
        {
            names.Add(await ask());
        }

        Assert.True(names.SetEquals([OnHostA, OnHostB]), $"{what}: answered by {string.Join(", ", names)}");
    }

    private static ulong Count(DemoEnvironment environment, string host, Verdict verdict)
    {
        using PinnedDatapath datapath = PinnedDatapath.Open($"{environment.Paths.Pins}/{host}");
        return datapath.ReadVerdictCounter(verdict).Packets;
    }
}
