using Lodestone.Aggregation.Tests.Support;
using Lodestone.TestKit.Kubernetes;

namespace Lodestone.Aggregation.Tests.Security;

/// <summary>Whom requests are taken to be from that come past the aggregator.</summary>
[Collection(AggregatedCollection.Name)]
public sealed class FrontProxyTests(AggregatedFixture servers)
{
    private static readonly (string, string)[] Admin = [("X-Remote-User", "admin"), ("X-Remote-Group", "system:masters")];

    [Fact]
    public async Task Headers_WithoutCertificate_AreNobody()
    {
        DirectClient nobody = servers.Direct();

        (await nobody.GetAsync(AggregatedFixture.Api, Admin)).Expect(401);
        (await nobody.GetAsync(AggregatedFixture.LoadBalancers("default"), Admin)).Expect(401);
    }

    [Fact]
    public async Task Headers_WithCertificateOfAnotherAuthority_AreNobody()
    {
        using var other = new TestPki("front-proxy-ca");

        (await servers.Direct(other.Client("front-proxy-client")).GetAsync(AggregatedFixture.LoadBalancers("default"), Admin)).Expect(401);
    }

    [Fact]
    public async Task Headers_WithAnotherNameOfTheProxysAuthority_AreNobody() =>
        (await servers.Direct(servers.Kube.FrontProxyPki.Client("somebody")).GetAsync(AggregatedFixture.LoadBalancers("default"), Admin)).Expect(401);

    [Fact]
    public async Task Headers_WithTheProxysNameAsOrganizationOnly_AreNobody() =>
        (await servers.Direct(servers.Kube.FrontProxyPki.Client("", "front-proxy-client")).GetAsync(AggregatedFixture.LoadBalancers("default"), Admin)).Expect(401);

    [Fact]
    public async Task Headers_WithServerCertificateOfTheProxysAuthority_AreNobody() =>
        (await servers.Direct(servers.Kube.FrontProxyPki.Server("front-proxy-client")).GetAsync(AggregatedFixture.LoadBalancers("default"), Admin)).Expect(401);

    [Fact]
    public async Task Headers_WithCertificateOfAClient_AreIgnored()
    {
        DirectAnswer answer = (await servers.Direct(servers.Kube.Pki.Client("carl")).GetAsync(AggregatedFixture.LoadBalancers("default"), Admin)).Expect(403);

        Assert.Contains("User \"carl\" cannot list", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_WithTheNameOfTheProxyFromTheClientsAuthority_AreIgnored()
    {
        DirectAnswer answer = (await servers.Direct(servers.Kube.Pki.Client("front-proxy-client")).GetAsync(AggregatedFixture.LoadBalancers("default"), Admin)).Expect(403);

        Assert.Contains("User \"front-proxy-client\" cannot list", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_OfTheProxy_AreTheUser()
    {
        DirectClient proxy = servers.DirectProxy();

        (await proxy.GetAsync(AggregatedFixture.LoadBalancers("default"), Admin)).Expect(200);
        Assert.Contains(
            "User \"paula\" cannot list",
            (await proxy.GetAsync(AggregatedFixture.LoadBalancers("default"), ("X-Remote-User", "paula"), ("X-Remote-Group", "lodestone:nobodies"))).Expect(403).Message,
            StringComparison.Ordinal);
        (await proxy.GetAsync(AggregatedFixture.Api, ("x-remote-user", "paula"))).Expect(200);
    }

    [Fact]
    public async Task Proxy_WithoutHeaders_IsNobody()
    {
        DirectClient proxy = servers.DirectProxy();

        (await proxy.GetAsync(AggregatedFixture.LoadBalancers("default"))).Expect(401);
        (await proxy.GetAsync(AggregatedFixture.LoadBalancers("default"), ("X-Remote-User", ""), ("X-Remote-Group", "system:masters"))).Expect(401);
    }

    [Fact]
    public async Task Extra_OfTheProxy_ReachesTheReview()
    {
        string user = $"u-{Guid.NewGuid():N}";

        await servers.DirectProxy().GetAsync(
            AggregatedFixture.LoadBalancers("default"), ("X-Remote-User", user), ("X-Remote-Extra-Example.com%2Fproject", "a"));

        await AggregatedFixture.UntilAsync(() => Task.FromResult(servers.Reviews.AboutUser(user) == 1), "the review is in the audit log");
        Assert.Equal("""{"example.com/project":["a"]}""", servers.Reviews.Spec(user)["extra"]!.ToJsonString());
        Assert.Equal("""["system:authenticated"]""", servers.Reviews.Spec(user)["groups"]!.ToJsonString());
    }

    [Fact]
    public async Task Client_OfTheClustersAuthority_IsItsCertificatesUser() =>
        (await servers.DirectAdmin().GetAsync(AggregatedFixture.LoadBalancers("default"))).Expect(200);

    [Fact]
    public async Task Nobody_MayAskForHealthAndVersion_AndNothingElse()
    {
        DirectClient nobody = servers.Direct();

        Assert.Equal("ok", (await nobody.GetAsync("/readyz")).Expect(200).Text);
        (await nobody.GetAsync("/livez")).Expect(200);
        (await nobody.GetAsync("/version")).Expect(200);
        (await nobody.GetAsync("/metrics")).Expect(401);
        (await nobody.GetAsync("/openapi/v2")).Expect(401);
        (await nobody.GetAsync("/apis")).Expect(401);
    }

    [Fact]
    public async Task ConfigMap_NamesAnotherProxy_WhichIsThenBelieved()
    {
        DirectClient second = servers.Direct(servers.Kube.FrontProxyPki.Client("second-proxy"));
        (await second.GetAsync(AggregatedFixture.LoadBalancers("default"), Admin)).Expect(401);

        await servers.Kubectl.RunAsync(
            """-n kube-system patch configmap extension-apiserver-authentication --type=merge -p {"data":{"requestheader-allowed-names":"[\"front-proxy-client\",\"second-proxy\"]"}}""");

        await AggregatedFixture.UntilAsync(
            async () => (await second.GetAsync(AggregatedFixture.LoadBalancers("default"), Admin)).Code == 200, "the second proxy is believed");
    }
}
