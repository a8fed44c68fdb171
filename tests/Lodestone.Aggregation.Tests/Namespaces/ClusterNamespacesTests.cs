using Lodestone.Aggregation.Tests.Support;

namespace Lodestone.Aggregation.Tests.Namespaces;

/// <summary>Which namespaces there are, the cluster says.</summary>
[Collection(AggregatedCollection.Name)]
public sealed class ClusterNamespacesTests(AggregatedFixture servers)
{
    [Fact]
    public async Task Create_InMissingNamespace_IsNotFound()
    {
        string errors = await servers.Kubectl.FailAsync("-n nowhere create -f -", AggregatedFixture.LoadBalancer("web"));
        string applied = await servers.Kubectl.FailAsync("-n nowhere apply --server-side -f -", AggregatedFixture.LoadBalancer("web"));
        DirectAnswer dry = await servers.DirectAdmin().PostAsync($"{AggregatedFixture.LoadBalancers("nowhere")}?dryRun=All", AggregatedFixture.LoadBalancer("web"));

        Assert.Contains("namespaces \"nowhere\" not found", errors, StringComparison.Ordinal);
        Assert.Contains("namespaces \"nowhere\" not found", applied, StringComparison.Ordinal);
        dry.Expect(404);
    }

    [Fact]
    public async Task Create_InNamespaceThatIsJustThere_Succeeds()
    {
        // As fast as it goes: whether or not the news has come, it must not be seen.
        DirectClient admin = servers.DirectAdmin();
        DirectClient kube = servers.ThroughKube("admin", "system:masters");
        for (int i = 0; i < 20; i++)
        {
            string ns = $"t-{Guid.NewGuid():N}";
            (await kube.PostAsync("/api/v1/namespaces", $$$"""{"metadata":{"name":"{{{ns}}}"}}""")).Expect(201);
            (await admin.PostAsync(AggregatedFixture.LoadBalancers(ns), AggregatedFixture.LoadBalancer("web"))).Expect(201);
        }
    }

    [Fact]
    public async Task Namespace_Terminating_TakesNothingNew_AndIsEmptiedByTheNamespaceController()
    {
        string ns = await servers.NamespaceAsync();
        await servers.Kubectl.RunAsync($"-n {ns} create -f -", AggregatedFixture.LoadBalancer("free"));
        await servers.Kubectl.RunAsync($"-n {ns} create -f -", AggregatedFixture.LoadBalancer("held", metadata: ""","finalizers":["example.org/hold"]"""));
        await servers.Kubectl.RunAsync($"delete namespace {ns} --wait=false");

        DirectClient admin = servers.DirectAdmin();
        DirectAnswer refused = null!;
        await AggregatedFixture.UntilAsync(
            async () => (refused = await admin.PostAsync(AggregatedFixture.LoadBalancers(ns), AggregatedFixture.LoadBalancer($"n-{Guid.NewGuid():N}"))).Code == 403,
            "the namespace is known to go");
        Assert.Equal("NamespaceTerminating", (string)refused.Json["details"]!["causes"]![0]!["reason"]!);
        Assert.Contains($"unable to create new content in namespace {ns} because it is being terminated", refused.Message, StringComparison.Ordinal);

        // There is no kube-controller-manager here: these are its namespace controller's requests.
        DirectAnswer deleted = await admin.SendAsync(
            HttpMethod.Delete, AggregatedFixture.LoadBalancers(ns), """{"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Background"}""");
        deleted.Expect(200);
        Assert.Equal("held\n", await servers.Kubectl.RunAsync($$"""-n {{ns}} get lb -o jsonpath={range.items[*]}{.metadata.name}{"\n"}{end}"""));
        await servers.Kubectl.RunAsync($"-n {ns} patch lb held --type=merge -p {{\"metadata\":{{\"finalizers\":null}}}}");
        Assert.Equal("", await servers.Kubectl.RunAsync($"-n {ns} get lb -o name"));
    }
}
