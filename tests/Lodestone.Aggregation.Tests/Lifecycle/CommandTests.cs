using System.Diagnostics;
using Lodestone.Aggregation.Tests.Support;
using Lodestone.TestKit.Kubernetes;

namespace Lodestone.Aggregation.Tests.Lifecycle;

/// <summary>The commands of <c>docs/aggregated-mode.md</c>.</summary>
[Collection(AggregatedCollection.Name)]
public sealed class CommandTests(AggregatedFixture servers)
{
    [Fact]
    public async Task ApiServer_Aggregated_SaysReady_AndServesWithACertificateOfItsOwn()
    {
        string data = servers.In("data-command"), kubeconfig = servers.Kube.WriteKubeconfig("command.kubeconfig", AggregatedFixture.ServiceAccount);
        int port = KubeApiServer.FreePort();
        using Process server = LodestoneCommand.Start("apiserver", "--aggregated", "--kubeconfig", kubeconfig, "--data-dir", data, "--listen", $"127.0.0.1:{port}");
        try
        {
            Assert.Equal("ready", await server.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(LodestoneCommand.Patience));

            string authority = await File.ReadAllTextAsync(Path.Combine(data, "ca.crt"), TestContext.Current.CancellationToken);
            using var admin = new DirectClient(new Uri($"https://127.0.0.1:{port}"), authority, servers.Kube.Pki.Client("admin", "system:masters"));
            (await admin.GetAsync($"{AggregatedFixture.Api}/loadbalancers")).Expect(200);
            Assert.Equal(404, (await admin.GetAsync("/api/v1/namespaces")).Code);
            Assert.False(File.Exists(Path.Combine(data, "kubeconfig")), "an administrator's kubeconfig would be of no use");
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Manifests_ApiServices_AreTakenByTheCluster()
    {
        string authority = servers.In("some-ca.crt");
        await File.WriteAllTextAsync(authority, servers.Kube.AuthorityPem, TestContext.Current.CancellationToken);

        (int code, string manifests, string errors) = await LodestoneCommand.RunAsync("manifests", "apiservices", "--ca-file", authority, "--namespace", "default", "--service", "other");

        Assert.True(code == 0, errors);
        Assert.Contains("service/other created", await servers.Kubectl.RunAsync("apply --dry-run=server -f -", manifests), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("say either --ca-file FILE", "manifests", "apiservices")]
    [InlineData("--tls-san goes with --aggregated only", "apiserver", "--tls-san", "a")]
    [InlineData("--tls-cert-file and --tls-private-key-file go together", "apiserver", "--aggregated", "--tls-cert-file", "a")]
    [InlineData("--requestheader-allowed-names goes with --requestheader-client-ca-file only", "apiserver", "--aggregated", "--requestheader-allowed-names", "a")]
    public async Task Options_ThatDontGoTogether_AreRefused(string message, params string[] arguments)
    {
        (int code, _, string errors) = await LodestoneCommand.RunAsync(arguments);

        Assert.Equal(2, code);
        Assert.Contains(message, errors, StringComparison.Ordinal);
    }
}
