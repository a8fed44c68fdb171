using Lodestone.Aggregation.Tests.Support;

namespace Lodestone.Aggregation.Tests.Namespaces;

/// <summary>Which namespaces there are, the cluster says.</summary>
[Collection(AggregatedCollection.Name)]
public sealed class ClusterNamespacesTests(AggregatedFixture servers)
{
    private const string MetadataList =
        "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

    /// <summary>DeleteOptions of propagationPolicy Background, in the envelope of Kubernetes' protobuf.</summary>
    private static readonly byte[] BackgroundDeletion =
        [.. "k8s\0\n\u0013\n\u0002v1\u0012\rDeleteOptions\u0012\u000c\"\nBackground"u8];

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

        // There is no kube-controller-manager here: these are its namespace controller's requests, which speaks protobuf where it can.
        (await admin.SendProtobufAsync(HttpMethod.Delete, AggregatedFixture.LoadBalancers(ns), BackgroundDeletion)).Expect(200);
        DirectAnswer left = await admin.GetAsync(AggregatedFixture.LoadBalancers(ns), ("Accept", MetadataList));
        Assert.Equal("PartialObjectMetadataList", (string)left.Expect(200).Json["kind"]!);
        Assert.Equal("held", (string)Assert.Single(left.Json["items"]!.AsArray())!["metadata"]!["name"]!);
        await servers.Kubectl.RunAsync($"-n {ns} patch lb held --type=merge -p {{\"metadata\":{{\"finalizers\":null}}}}");
        Assert.Equal("", await servers.Kubectl.RunAsync($"-n {ns} get lb -o name"));
    }
}
