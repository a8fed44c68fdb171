using Lodestone.Aggregation.Tests.Support;

namespace Lodestone.Aggregation.Tests.Security;

/// <summary>Bearer tokens that come past the aggregator.</summary>
[Collection(AggregatedCollection.Name)]
public sealed class TokenTests(AggregatedFixture servers)
{
    [Fact]
    public async Task Token_OfAServiceAccount_IsThatAccount_AndAskedForOnce()
    {
        string ns = await servers.NamespaceAsync();
        await servers.Kubectl.RunAsync($"-n {ns} create serviceaccount robot");
        string token = (await servers.Kubectl.RunAsync($"-n {ns} create token robot")).Trim();
        DirectClient client = servers.Direct();

        DirectAnswer refused = (await client.GetAsync(AggregatedFixture.LoadBalancers(ns), ("Authorization", $"Bearer {token}"))).Expect(403);
        Assert.Contains($"User \"system:serviceaccount:{ns}:robot\" cannot list", refused.Message, StringComparison.Ordinal);
        await servers.Kubectl.RunAsync($"-n {ns} create role lister --verb=list --resource=networks.networking.ironcore.dev");
        await servers.Kubectl.RunAsync($"-n {ns} create rolebinding lister --role=lister --group=system:serviceaccounts:{ns}");
        await AggregatedFixture.UntilAsync(
            async () => (await client.GetAsync($"{AggregatedFixture.Api}/namespaces/{ns}/networks", ("Authorization", $"bearer {token}"))).Code == 200,
            "the role counts");
        Assert.InRange(servers.Reviews.OfToken(token), 1, 3);
    }

    [Fact]
    public async Task Token_ThatNobodyIssued_IsUnauthorized_AndAskedForOnce()
    {
        string token = $"t-{Guid.NewGuid():N}";
        DirectClient client = servers.Direct();

        DirectAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => client.GetAsync("/apis", ("Authorization", $"Bearer {token}"))));

        Assert.All(answers, a => a.Expect(401));
        await AggregatedFixture.UntilAsync(() => Task.FromResult(servers.Reviews.OfToken(token) > 0), "the review is in the audit log");
        Assert.Equal(1, servers.Reviews.OfToken(token));
    }

    [Fact]
    public async Task Token_WithHeadersOfTheProxy_IsTheTokensUser()
    {
        DirectAnswer answer = await servers.Direct().GetAsync(
            "/apis", ("Authorization", $"Bearer t-{Guid.NewGuid():N}"), ("X-Remote-User", "admin"), ("X-Remote-Group", "system:masters"));

        answer.Expect(401);
    }
}
