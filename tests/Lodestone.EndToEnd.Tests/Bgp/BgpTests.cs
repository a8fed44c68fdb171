using System.Diagnostics;
using System.Net.Sockets;

using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Cli.Demo;
using Lodestone.Cli.Lab;
using Lodestone.Cli.Lab.Routing;
using Lodestone.Client.Http;
using Lodestone.EndToEnd.Tests.Services;
using Lodestone.EndToEnd.Tests.Translation;

using static Lodestone.EndToEnd.Tests.Lab.LabObjects;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.EndToEnd.Tests.Bgp;

/// <summary>From a BGPPeer to packets: two gateways, a router that runs FRR before them, a client behind it.</summary>
[Collection(MachineCollection.Name)]
public sealed class BgpTests
{
    private const int Requests = 16;

    [Fact]
    public async Task Gateways_OfOneRouter_ShareTheTrafficComeAndGo()
    {
        Assert.SkipUnless(FrrRouter.IsInstalled, "needs the Debian package frr (eng/packages.sh)");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        CancellationToken token = limit.Token;
        using var pod = new PodProcess(bgp: true);
        await using DemoEnvironment environment = await DemoEnvironment.CreateAsync(
            new Progress<string>(), TimeProvider.System, verbose: false, token, pod.Executable);
        environment.MoreAgentOptions = ["--bgp-shutdown-seconds", "2"];
        NetworkLab lab = environment.Lab;
        LabWorkload web1 = lab.Workloads[0], web3 = lab.Workloads[2];
        await using BgpSite site = await BgpSite.CreateAsync(lab, token);
        await environment.StartServerAsync(token);
        await environment.IssueAgentCredentialsAsync(token);
        await environment.StartSecondGatewayAsync(null, token);
        using ApiClient api = environment.ConnectApi();
        await CreateObjectsAsync(api, lab, token);
        using var server1 = new WebServer(web1.Namespace, web1.Name);
        using var server3 = new WebServer(web3.Namespace, web3.Name);

        // Both announce, both families; the router takes both.
        IPAddress[] vips = await WaitForBalancerAsync(api, "web", "2/2", null, token);
        foreach (LabWorkload target in (LabWorkload[])[web1, web3])
        {
            Array.ForEach(vips, vip => NetworkLab.AddVip(target, vip));
        }

        IPAddress vip4 = vips.Single(vip => vip.AddressFamily == AddressFamily.InterNetwork);
        foreach (IPAddress vip in vips)
        {
            await site.WaitForGatewaysAsync(vip, 2, token);
        }

        Assert.Equal([lab.HostA.Ipv4.ToString(), lab.HostB.Ipv4.ToString()], await site.GatewaysOfAsync(vip4, token));
        await BgpSite.WaitForAnnouncedAsync(api, "host-a", 2, token);
        await BgpSite.WaitForAnnouncedAsync(api, "host-b", 2, token);
        Assert.Equal("65001:80", await site.CommunitiesOfAsync(vip4, lab.HostA, token));
        await AssertReachedAsync();

        // Another password than the router's: told, with what to do, and nothing else is harmed.
        BGPSession wrong = await BgpSite.WaitForSessionAsync(api, "wrong", "host-a", s => s is { State: "Connecting", Reason: "NoAnswer" }, token);
        Assert.Contains("check password and address", wrong.Message, StringComparison.Ordinal);

        // Without a target there is nothing to announce.
        await SelectAsync(api, isTarget: false, web1, web3);
        await site.WaitForGatewaysAsync(vip4, 0, token);
        await SelectAsync(api, isTarget: true, web1, web3);
        await site.WaitForGatewaysAsync(vip4, 2, token);

        // An agent that is killed withdraws nothing, nor does the one that follows.
        long connections = await site.ConnectionsOfAsync(lab.HostB, token);
        await environment.KillAsync("agent");
        Assert.Equal(2, (await site.GatewaysOfAsync(vip4, token)).Length);
        await environment.StartSecondGatewayAsync(null, token);
        await RenameAsync(api, "65001:81", token);
        await WaitAsync(async () => await site.CommunitiesOfAsync(vip4, lab.HostB, token) == "65001:81", () => "host-b does not follow the BGPPeer any more", token);
        Assert.Equal(connections, await site.ConnectionsOfAsync(lab.HostB, token));
        Assert.Equal(2, (await site.GatewaysOfAsync(vip4, token)).Length);

        // A gateway that loses its link is found by BFD, and taken back.
        await BgpSite.WaitForSessionAsync(api, "tor", "host-b", s => s is { State: "Established", Bfd: "Up" }, token);
        long start = Stopwatch.GetTimestamp();
        site.SetCable(lab.HostB, isPlugged: false);
        while ((await site.GatewaysOfAsync(vip4, token)).Length == 2)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5), "a dead gateway still has traffic");
        }

        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        TestContext.Current.SendDiagnosticMessage($"BFD took {milliseconds:0} ms (3 x 300 ms)");
        Assert.True(milliseconds < 3000, $"BFD took {milliseconds:0} ms");
        site.SetCable(lab.HostB, isPlugged: true);
        await site.WaitForGatewaysAsync(vip4, 2, token);

        // One that is stopped says so before it withdraws, and no request fails.
        await AssertReachedAsync();
        Task stopped = environment.StopAsync("agent", TimeSpan.FromSeconds(20));
        await site.WaitForGracefulShutdownAsync(vip4, lab.HostB, () => "", token);
        await AssertReachedAsync();
        await stopped;
        Assert.Null(await site.CommunitiesOfAsync(vip4, lab.HostB, token));
        Assert.Equal(["host-a"], (await api.GetAsync<BGPPeer>(new ObjectKey("", "tor"), token)).Status?.Sessions?.Select(s => s.Host));
        Assert.Equal([lab.HostA.Ipv4.ToString()], await site.GatewaysOfAsync(vip4, token));
        await AssertReachedAsync();

        Task SelectAsync(ApiClient api, bool isTarget, params LabWorkload[] workloads) => Task.WhenAll(workloads.Select(workload => LabelAsync(api, workload, isTarget, token)));

        async Task AssertReachedAsync()
        {
            foreach (IPAddress vip in vips)
            {
                for (int i = 0; i < Requests; i++)
                {
                    Assert.Contains(await WebServer.GetAsync(site.Client, vip, token), (string[])[web1.Name, web3.Name]);
                }
            }
        }
    }

    private static async Task CreateObjectsAsync(ApiClient api, NetworkLab lab, CancellationToken token)
    {
        await BgpSite.CreatePeerAsync(api, lab, null, token);
        await api.CreateAsync(BgpSite.PeerOf("wrong", lab.Client.Ipv6, BgpSite.WrongPasswordKey, null), token);
        await CreateNetworkAsync(api, lab, [lab.Workloads[0], lab.Workloads[2]], [], token);
        await api.CreateAsync(PolicyOf("web", new LoadBalancerPolicySpec { DrainSeconds = 0, Announcement = AnnouncementModes.Bgp }), token);
        await api.CreateAsync(PublicBalancer("web", Tcp(WebServer.Port)), token);
    }

    private static async Task RenameAsync(ApiClient api, string community, CancellationToken token)
    {
        BGPPeer peer = await api.GetAsync<BGPPeer>(new ObjectKey("", "tor"), token);
        await api.UpdateAsync(peer, p => p.Spec.Communities = [community], token);
    }

    private static async Task LabelAsync(ApiClient api, LabWorkload workload, bool isTarget, CancellationToken token)
    {
        NetworkInterface nic = await api.GetAsync<NetworkInterface>(new ObjectKey("default", workload.Name), token);
        await api.UpdateAsync(nic, n => n.Metadata.Labels = new() { ["app"] = isTarget ? "web" : "none" }, token);
    }
}
