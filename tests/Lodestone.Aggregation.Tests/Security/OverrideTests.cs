using Lodestone.Aggregation.Tests.Support;
using Lodestone.ApiServer;
using Lodestone.ApiServer.Aggregation;
using Lodestone.TestKit.Kubernetes;

namespace Lodestone.Aggregation.Tests.Security;

/// <summary>Files say whose certificates count, instead of the cluster.</summary>
[Collection(AggregatedCollection.Name)]
public sealed class OverrideTests(AggregatedFixture servers)
{
    [Fact]
    public async Task Files_OfClientsAndProxies_CountInsteadOfTheClusters()
    {
        using TestPki clients = new("clients"), proxies = new("proxies");
        await File.WriteAllTextAsync(servers.In("clients.crt"), clients.AuthorityPem, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(servers.In("proxies.crt"), proxies.AuthorityPem, TestContext.Current.CancellationToken);
        LodestoneApiServerOptions options = servers.Options("data-override");
        await using var server = new LodestoneApiServer(options with
        {
            Aggregation = options.Aggregation! with
            {
                ClientAuthorityFile = servers.In("clients.crt"),
                FrontProxy = new FrontProxyOptions { AuthorityFile = servers.In("proxies.crt"), AllowedNames = ["our-proxy"], UserHeaders = ["X-User"], GroupHeaders = ["X-Group"] },
            },
        });
        await server.StartAsync(TestContext.Current.CancellationToken);
        await server.WaitUntilReadyAsync(TestContext.Current.CancellationToken);
        const string Path = $"{AggregatedFixture.Api}/loadbalancers";
        (string, string)[] headers = [("X-User", "admin"), ("X-Group", "system:masters"), ("X-Remote-User", "admin"), ("X-Remote-Group", "system:masters")];

        (await servers.Direct(clients.Client("admin", "system:masters"), server.Url).GetAsync(Path)).Expect(200);
        (await servers.Direct(proxies.Client("our-proxy"), server.Url).GetAsync(Path, headers)).Expect(200);
        (await servers.Direct(proxies.Client("another"), server.Url).GetAsync(Path, headers)).Expect(401);
        (await servers.Direct(servers.Kube.FrontProxyPki.Client("front-proxy-client"), server.Url).GetAsync(Path, headers)).Expect(401);
        (await servers.Direct(servers.Kube.Pki.Client("admin", "system:masters"), server.Url).GetAsync(Path)).Expect(401);
    }
}
