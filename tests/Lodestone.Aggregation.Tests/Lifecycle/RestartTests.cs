using System.Net;
using Lodestone.Aggregation.Tests.Support;
using Lodestone.ApiServer;

namespace Lodestone.Aggregation.Tests.Lifecycle;

/// <summary>Either server goes and comes back; certificates change.</summary>
[Collection(AggregatedCollection.Name)]
public sealed class RestartTests(AggregatedFixture servers)
{
    [Fact]
    public async Task OurServer_Restarted_HasWhatItHad()
    {
        string ns = await servers.NamespaceAsync();
        await servers.Kubectl.RunAsync($"-n {ns} create -f -", AggregatedFixture.LoadBalancer("web"));

        await servers.RestartServerAsync();

        await AggregatedFixture.UntilAsync(async () => (await servers.Kubectl.TryRunAsync($"-n {ns} get lb web")).Code == 0, "the load balancer is there again");
        await servers.Kubectl.RunAsync($"-n {ns} delete lb web");
    }

    [Fact]
    public async Task KubeApiServer_Restarted_IsWaitedForAndFollowedAgain()
    {
        string ns = await servers.NamespaceAsync();
        string token = $"t-{Guid.NewGuid():N}";
        DirectClient admin = servers.DirectAdmin();
        (await admin.PostAsync(AggregatedFixture.LoadBalancers(ns), AggregatedFixture.LoadBalancer("web"))).Expect(201);
        await servers.Kube.StopAsync();

        // What needs nobody else goes on.
        (await admin.GetAsync($"{AggregatedFixture.LoadBalancers(ns)}/web")).Expect(200);
        (await admin.GetAsync("/readyz")).Expect(200);
        Task<DirectAnswer> asked = servers.Direct().GetAsync("/apis", ("Authorization", $"Bearer {token}"));
        Task<DirectAnswer> wanted = servers.DirectProxy().GetAsync(AggregatedFixture.LoadBalancers(ns), ("X-Remote-User", token));

        // One that starts now says what it waits for.
        await using var late = new LodestoneApiServer(servers.Options("data-late", new IPEndPoint(IPAddress.Loopback, 0)));
        await late.StartAsync(TestContext.Current.CancellationToken);
        DirectClient stranger = servers.Direct(url: late.Url);
        Task ready = late.WaitUntilReadyAsync(TestContext.Current.CancellationToken);
        string unready = (await stranger.GetAsync("/readyz")).Expect(500).Text;
        Assert.Contains("[-]extension-apiserver-authentication failed: ConfigMap kube-system/extension-apiserver-authentication can't be read yet", unready, StringComparison.Ordinal);
        Assert.Contains("[-]namespaces failed: the cluster's namespaces can't be listed yet", unready, StringComparison.Ordinal);
        (await stranger.GetAsync("/livez")).Expect(200);
        Assert.Contains("can't be verified yet", (await servers.Direct(servers.Kube.Pki.Client("admin", "system:masters"), late.Url).GetAsync("/apis")).Expect(503).Message, StringComparison.Ordinal);
        Assert.Contains("doesn't answer a TokenReview", (await asked).Expect(503).Message, StringComparison.Ordinal);
        Assert.Contains("doesn't answer a SubjectAccessReview", (await wanted).Expect(503).Message, StringComparison.Ordinal);

        await servers.Kube.RestartAsync();

        await ready.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        (await stranger.GetAsync("/readyz")).Expect(200);
        (await servers.Direct().GetAsync("/apis", ("Authorization", $"Bearer {token}"))).Expect(401);
        await AggregatedFixture.UntilAsync(async () => (await servers.Kubectl.TryRunAsync($"-n {ns} get lb web")).Code == 0, "the aggregator finds the server again");
        string fresh = await servers.NamespaceAsync();
        await servers.Kubectl.RunAsync($"-n {fresh} create -f -", AggregatedFixture.LoadBalancer("web"));
    }

    [Fact]
    public async Task ServingCertificate_Renewed_IsShownToNewConnections()
    {
        DirectClient before = servers.Direct();
        await before.GetAsync("/readyz");

        servers.WriteServingCertificate();

        await AggregatedFixture.UntilAsync(
            async () =>
            {
                DirectClient after = servers.Direct();
                return (await after.GetAsync("/readyz")).Code == 200 && after.ServerSerial != before.ServerSerial;
            },
            "the new certificate is shown");
        await servers.Kubectl.RunAsync("get hosts");
    }
}
