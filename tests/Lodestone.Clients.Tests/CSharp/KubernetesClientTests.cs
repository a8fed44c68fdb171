using System.Text.Json;
using k8s;
using k8s.Autorest;
using k8s.LeaderElection;
using k8s.LeaderElection.ResourceLock;
using k8s.Models;

namespace Lodestone.Clients.Tests.CSharp;

/// <summary>The official C# client, as its users write programs with it.</summary>
public sealed class KubernetesClientTests(ServerFixture server) : IDisposable
{
    private const string Group = "networking.ironcore.dev";
    private const string Version = "v1alpha1";
    private readonly Kubernetes _client = new(KubernetesClientConfiguration.BuildConfigFromConfigFile(server.Kubeconfig));

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task TypedObjects_CreateReadReplacePatchDelete()
    {
        string ns = await NamespaceAsync();
        CancellationToken stop = TestContext.Current.CancellationToken;
        var map = new V1ConfigMap { Metadata = new V1ObjectMeta { Name = "c" }, Data = new Dictionary<string, string> { ["a"] = "1" } };

        V1ConfigMap created = await _client.CreateNamespacedConfigMapAsync(map, ns, cancellationToken: stop);
        created.Data["b"] = "2";
        V1ConfigMap replaced = await _client.ReplaceNamespacedConfigMapAsync(created, "c", ns, cancellationToken: stop);
        V1ConfigMap patched = await _client.PatchNamespacedConfigMapAsync(
            new V1Patch("{\"data\":{\"a\":null}}", V1Patch.PatchType.StrategicMergePatch), "c", ns, cancellationToken: stop);
        HttpOperationException stale = await Assert.ThrowsAsync<HttpOperationException>(() => _client.ReplaceNamespacedConfigMapAsync(created, "c", ns, cancellationToken: stop));
        V1Status deleted = await _client.DeleteNamespacedConfigMapAsync("c", ns, cancellationToken: stop);

        Assert.Equal("2", replaced.Data["b"]);
        Assert.Equal(["b"], patched.Data.Keys);
        Assert.Equal(System.Net.HttpStatusCode.Conflict, stale.Response.StatusCode);
        Assert.Equal("Success", deleted.Status);
    }

    [Fact]
    public async Task CustomObjects_CreateApplyStatusList()
    {
        string ns = await NamespaceAsync();
        CancellationToken stop = TestContext.Current.CancellationToken;
        using var body = JsonDocument.Parse(ServerFixture.LoadBalancer("web"));

        await _client.CreateNamespacedCustomObjectAsync<JsonElement>(body.RootElement, Group, Version, ns, "loadbalancers", cancellationToken: stop);
        var applied = (JsonElement)await _client.PatchNamespacedCustomObjectAsync(
            new V1Patch(ServerFixture.LoadBalancer("web", port: 81), V1Patch.PatchType.ApplyPatch), Group, Version, ns, "loadbalancers", "web",
            fieldManager: "csharp", force: true, cancellationToken: stop);
        var status = (JsonElement)await _client.PatchNamespacedCustomObjectStatusAsync(
            new V1Patch("{\"status\":{\"ips\":[\"203.0.113.9\"]}}", V1Patch.PatchType.MergePatch), Group, Version, ns, "loadbalancers", "web", cancellationToken: stop);
        var list = (JsonElement)await _client.ListNamespacedCustomObjectAsync(Group, Version, ns, "loadbalancers", labelSelector: "app=web", cancellationToken: stop);

        Assert.Equal(81, applied.GetProperty("spec").GetProperty("ports")[0].GetProperty("port").GetInt32());
        Assert.Equal("203.0.113.9", status.GetProperty("status").GetProperty("ips")[0].GetString());
        Assert.Equal(1, list.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Watch_FromListedVersion_SeesEveryChange()
    {
        string ns = await NamespaceAsync();
        CancellationToken stop = TestContext.Current.CancellationToken;
        V1ConfigMapList list = await _client.ListNamespacedConfigMapAsync(ns, cancellationToken: stop);
        var seen = new List<string>();
        Task watching = Task.Run(
            async () =>
            {
                await foreach ((WatchEventType type, V1ConfigMap item) in _client.WatchListNamespacedConfigMapAsync(
                    ns, resourceVersion: list.ResourceVersion(), allowWatchBookmarks: true, cancellationToken: stop))
                {
                    if (item.Name() == "c")
                    {
                        seen.Add(type.ToString());
                    }

                    if (type == WatchEventType.Deleted)
                    {
                        break;
                    }
                }
            },
            stop);

        await _client.CreateNamespacedConfigMapAsync(new V1ConfigMap { Metadata = new V1ObjectMeta { Name = "c" } }, ns, cancellationToken: stop);
        await _client.PatchNamespacedConfigMapAsync(new V1Patch("{\"data\":{\"a\":\"1\"}}", V1Patch.PatchType.MergePatch), "c", ns, cancellationToken: stop);
        await _client.DeleteNamespacedConfigMapAsync("c", ns, cancellationToken: stop);
        await watching.WaitAsync(TimeSpan.FromSeconds(30), stop);

        Assert.Equal(["Added", "Modified", "Deleted"], seen);
    }

    [Fact]
    public async Task LeaderElection_TwoCandidates_OneLeadsAndTheOtherTakesOver()
    {
        string ns = await NamespaceAsync();
        var first = new LeaderElector(Config(ns, "first"));
        var second = new LeaderElector(Config(ns, "second"));
        var firstLeads = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var secondLeads = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        first.OnStartedLeading += () => firstLeads.TrySetResult();
        second.OnStartedLeading += () => secondLeads.TrySetResult();
        using var stopFirst = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var stopSecond = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

        Task firstRuns = first.RunUntilLeadershipLostAsync(stopFirst.Token);
        await firstLeads.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Task secondRuns = second.RunUntilLeadershipLostAsync(stopSecond.Token);
        Assert.False(secondLeads.Task.IsCompleted);
        await stopFirst.CancelAsync();
        await secondLeads.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Equal("second", (await _client.ReadNamespacedLeaseAsync("leader", ns, cancellationToken: TestContext.Current.CancellationToken)).Spec.HolderIdentity);
        await stopSecond.CancelAsync();
        await Task.WhenAll(Ended(firstRuns), Ended(secondRuns));
    }

    [Fact]
    public async Task Reviews_WhoAmIAndMayI_AreAnswered()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        V1SelfSubjectReview who = await _client.CreateSelfSubjectReviewAsync(new V1SelfSubjectReview(), cancellationToken: stop);
        V1SelfSubjectAccessReview may = await _client.CreateSelfSubjectAccessReviewAsync(
            new V1SelfSubjectAccessReview
            {
                Spec = new V1SelfSubjectAccessReviewSpec { ResourceAttributes = new V1ResourceAttributes { Verb = "delete", Group = Group, Resource = "loadbalancers" } },
            },
            cancellationToken: stop);

        Assert.Contains("system:masters", who.Status.UserInfo.Groups);
        Assert.True(may.Status.Allowed);
    }

    private static async Task Ended(Task task)
    {
        try
        {
            await task;
        }
        catch (OperationCanceledException)
        {
            // It was told to stop.
        }
    }

    private LeaderElectionConfig Config(string ns, string identity) => new(new LeaseLock(_client, ns, "leader", identity))
    {
        LeaseDuration = TimeSpan.FromSeconds(3),
        RenewDeadline = TimeSpan.FromSeconds(2),
        RetryPeriod = TimeSpan.FromMilliseconds(500),
    };

    private async Task<string> NamespaceAsync()
    {
        V1Namespace created = await _client.CreateNamespaceAsync(
            new V1Namespace { Metadata = new V1ObjectMeta { GenerateName = "csharp-" } }, cancellationToken: TestContext.Current.CancellationToken);
        return created.Name();
    }
}
