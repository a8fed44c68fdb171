using Lodestone.Aggregation.Tests.Support;

namespace Lodestone.Aggregation.Tests.Deploy;

/// <summary>What a real kube-apiserver says of deploy/.</summary>
[Collection(AggregatedCollection.Name)]
public sealed class DeployedTests(AggregatedFixture servers)
{
    [Fact]
    public async Task Kustomize_Base_IsTakenByAKubeApiServer()
    {
        // 1.20 knows budgets as v1beta1.
        string yaml = (await servers.Kubectl.RunAsync($"kustomize {Path.Combine(DeployFiles.Root, "deploy", "kustomize", "base")}")).Replace("policy/v1\n", "policy/v1beta1\n", StringComparison.Ordinal);

        string said = await servers.Kubectl.RunAsync("apply --server-side --force-conflicts --dry-run=server -f -", yaml);

        Assert.Equal(YamlDocuments.Read(yaml).Length, said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(l => l.EndsWith("serverside-applied (server dry run)", StringComparison.Ordinal)));
        Assert.Contains("networkpolicy.networking.k8s.io/lodestone-controller", said, StringComparison.Ordinal);
        Assert.Contains("poddisruptionbudget.policy/lodestone-controller", said, StringComparison.Ordinal);
    }
}
