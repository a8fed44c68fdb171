using System.Net;

using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Cli.Demo;
using Lodestone.Cli.Lab;
using Lodestone.Cli.Lab.Cluster;
using Lodestone.Cli.Lab.Traffic;
using Lodestone.Cli.Terminal;
using Lodestone.Client.Http;
using Lodestone.EndToEnd.Tests.Soak;

namespace Lodestone.EndToEnd.Tests.Packaging;

/// <summary>A package is unpacked over another while packets flow, and services are started again as its postinst does.</summary>
[Collection(MachineCollection.Name)]
public sealed class UpgradeTests
{
    private const string Balancer = "loadbalancer-sample";
    private static readonly TimeSpan ApiLimit = TimeSpan.FromSeconds(40);

    [Fact]
    public async Task Upgrade_UnderLoad_LosesNoPacket()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: it makes network namespaces and attaches programs");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(4));
        string directory = Directory.CreateTempSubdirectory("lodestone-upgrade-").FullName;
        try
        {
            string former = await DebianPackage.BuildAsync(directory, "0.1.0~former");
            string next = await DebianPackage.BuildAsync(directory, "0.1.0~next");
            string root = Path.Combine(directory, "root");
            await DebianPackage.RunAsync("dpkg-deb", "-x", former, root);
            await using DemoEnvironment environment = await DemoEnvironment.CreateAsync(
                new InlineProgress(_ => { }), TimeProvider.System, verbose: false, limit.Token, $"{root}/usr/bin/lodestone");
            await using var packets = new SequenceTraffic();
            IPAddress[] vips = await StartAsync(environment, packets, limit.Token);
            using var load = new RequestLoad(environment.ClientSockets, TimeProvider.System);
            packets.Start(environment.Lab, vips);

            Task upgrade = UpgradeAsync();
            RequestTally requests = (await Task.WhenAll(vips.Select(vip => load.SendWhileAsync(vip, 50, upgrade, limit.Token)))).Aggregate((a, b) => a + b);
            await upgrade;

            Assert.Empty(requests.Failures);
            await packets.AssertNoneLostAsync();

            async Task UpgradeAsync()
            {
                await DebianPackage.RunAsync("dpkg-deb", "-x", next, root);
                await environment.StopAsync("server");
                await environment.StartServerAsync(limit.Token);
                await environment.StopAsync("agent");
                await environment.StartAgentAsync(limit.Token);
                using ApiClient api = environment.ConnectApi();
                await using var view = View(api);
                await view.WaitAsync("the load balancer's data path", IsProgrammed, ApiLimit, limit.Token);
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<IPAddress[]> StartAsync(DemoEnvironment environment, SequenceTraffic packets, CancellationToken cancellationToken)
    {
        NetworkLab lab = environment.Lab;
        Task workloads = Task.WhenAll(lab.Workloads.Select(w => environment.StartWorkloadAsync(w, cancellationToken)));
        await environment.StartServerAsync(cancellationToken);
        await environment.IssueAgentCredentialsAsync(cancellationToken);
        await environment.StartAgentAsync(cancellationToken);
        await workloads;
        using ApiClient api = environment.ConnectApi();
        await new ManifestApplier(lab, environment.Paths, api).ApplyAsync(DemoSamples.First, cancellationToken);
        await api.PatchAsync<LoadBalancer>(
            new ObjectKey("default", Balancer),
            PatchType.Merge,
            System.Text.Encoding.UTF8.GetBytes($$$"""{"spec":{"ports":[{"port":80},{"protocol":"UDP","port":{{{SequenceTraffic.UdpPort}}}}]}}"""),
            cancellationToken);
        await using var view = View(api);
        await view.WaitAsync("two addresses", v => v.Find<LoadBalancer>(Balancer)?.Status?.Ips is { Count: 2 }, ApiLimit, cancellationToken);
        IPAddress[] vips = [.. view.Find<LoadBalancer>(Balancer)!.Status!.Ips!.Select(IPAddress.Parse)];
        foreach (LabWorkload workload in lab.Workloads)
        {
            Array.ForEach(vips, vip => NetworkLab.AddVip(workload, vip));
            packets.Listen(workload, vips);
        }

        await view.WaitAsync("three targets", v => v.Find<LoadBalancerRouting>(Balancer)?.Destinations is { Count: >= 3 }, ApiLimit, cancellationToken);
        await view.WaitAsync("the load balancer's data path", IsProgrammed, ApiLimit, cancellationToken);
        using var load = new RequestLoad(environment.ClientSockets, TimeProvider.System);
        foreach (IPAddress vip in vips)
        {
            while ((await load.SendAsync(vip, 12, cancellationToken)).Failures.Count > 0)
            {
                await Task.Delay(100, cancellationToken);
            }
        }

        return vips;
    }

    private static bool IsProgrammed(ClusterView view) => ObjectSummary.IsTrue(view.Find<LoadBalancer>(Balancer)?.Status?.Conditions, "Programmed");

    private static ClusterView View(ApiClient api) => new(api, new StepConsole(TextWriter.Null, Style.For(true), isTerminal: false, TimeProvider.System), TimeProvider.System);
}
