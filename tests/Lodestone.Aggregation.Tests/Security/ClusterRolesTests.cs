using Lodestone.Aggregation.Tests.Support;

namespace Lodestone.Aggregation.Tests.Security;

/// <summary>The cluster's roles decide about our kinds.</summary>
[Collection(AggregatedCollection.Name)]
public sealed class ClusterRolesTests(AggregatedFixture servers)
{
    [Fact]
    public async Task LimitedUser_MayWhatTheRoleSays_AndNothingElse()
    {
        string ns = await servers.NamespaceAsync();
        await servers.Kubectl.RunAsync($"-n {ns} create role reader --verb=get,list,watch --resource=loadbalancers.networking.ironcore.dev");
        await servers.Kubectl.RunAsync($"-n {ns} create rolebinding reader --role=reader --user=rita");
        await servers.Kubectl.RunAsync($"-n {ns} create -f -", AggregatedFixture.LoadBalancer("web"));
        Support.Kubectl rita = servers.As("rita");

        Assert.Contains("web", await rita.RunAsync($"-n {ns} get lb"), StringComparison.Ordinal);
        Assert.Equal("yes\n", await rita.RunAsync($"-n {ns} auth can-i list lb"));
        Assert.Contains(
            $"User \"rita\" cannot delete resource \"loadbalancers\" in API group \"networking.ironcore.dev\" in the namespace \"{ns}\"",
            await rita.FailAsync($"-n {ns} delete lb web"),
            StringComparison.Ordinal);
        Assert.Contains("at the cluster scope", await rita.FailAsync("get hosts"), StringComparison.Ordinal);
        Assert.Contains("cannot list", await rita.FailAsync("get lb -A"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Impersonation_ThroughTheAggregator_IsTheOtherUser()
    {
        string ns = await servers.NamespaceAsync();
        await servers.Kubectl.RunAsync($"-n {ns} create role maker --verb=create,get --resource=networks.networking.ironcore.dev");
        await servers.Kubectl.RunAsync($"-n {ns} create rolebinding maker --role=maker --group=makers");
        const string Network = """{"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"Network","metadata":{"name":"net-a"}}""";

        Assert.Contains("created", await servers.Kubectl.RunAsync($"-n {ns} create -f - --as=mia --as-group=others --as-group=makers", Network), StringComparison.Ordinal);
        Assert.Contains("User \"mia\" cannot get", await servers.Kubectl.FailAsync($"-n {ns} get network net-a --as=mia --as-group=others"), StringComparison.Ordinal);
        DirectAnswer refused = await servers.ThroughKube("ida").GetAsync($"{AggregatedFixture.Api}/namespaces/{ns}/networks", ("Impersonate-User", "admin"));
        Assert.Contains("User \"ida\" cannot impersonate", refused.Expect(403).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Impersonation_PastTheAggregator_IsAskedOfTheClusterToo()
    {
        DirectClient admin = servers.DirectAdmin(), ida = servers.Direct(servers.Kube.Pki.Client("ida"));

        DirectAnswer asOther = await admin.GetAsync(AggregatedFixture.LoadBalancers("default"), ("Impersonate-User", "olga"));
        DirectAnswer refused = await ida.GetAsync(AggregatedFixture.LoadBalancers("default"), ("Impersonate-User", "admin"), ("Impersonate-Group", "system:masters"));

        Assert.Contains("User \"olga\" cannot list", asOther.Expect(403).Message, StringComparison.Ordinal);
        Assert.Contains("User \"ida\" cannot impersonate", refused.Expect(403).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Agent_OfOneHost_IsKeptToIt_WhateverTheRoleSays()
    {
        Support.Kubectl agent = servers.As("lodestone:agent:host-a", "lodestone:agents");
        const string Host = """{"apiVersion":"lodestone.dev/v1alpha1","kind":"Host","metadata":{"name":"NAME"},"spec":{"roles":["Gateway"]}}""";

        Assert.Contains("created", await agent.RunAsync("create -f -", Host.Replace("NAME", "host-a", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("may not write Host \"host-b\"", await agent.FailAsync("create -f -", Host.Replace("NAME", "host-b", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("cannot delete", await agent.FailAsync("delete host host-a"), StringComparison.Ordinal);
        await servers.Kubectl.RunAsync("delete host host-a");
    }

    [Fact]
    public async Task Decisions_AskedAgain_AreRemembered()
    {
        string ns = await servers.NamespaceAsync();
        string user = $"u-{Guid.NewGuid():N}", fence = $"u-{Guid.NewGuid():N}";
        DirectClient proxy = servers.DirectProxy();

        DirectAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => proxy.GetAsync(AggregatedFixture.LoadBalancers(ns), ("X-Remote-User", user))));
        answers = [.. answers, await proxy.GetAsync(AggregatedFixture.LoadBalancers(ns), ("X-Remote-User", user))];
        await proxy.GetAsync(AggregatedFixture.LoadBalancers(ns), ("X-Remote-User", fence));

        Assert.All(answers, a => a.Expect(403));
        await AggregatedFixture.UntilAsync(() => Task.FromResult(servers.Reviews.AboutUser(fence) == 1), "the last review is in the audit log");
        Assert.Equal(1, servers.Reviews.AboutUser(user));
    }
}
