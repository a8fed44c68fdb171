using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Lodestone.Client.Config;
using Lodestone.Client.Http;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Lodestone.Client.Tests.Config;

public sealed class InClusterTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("lodestone-pod-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void InCluster_InAPod_IsItsServiceAccount()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 authority = new CertificateRequest("CN=kube-ca", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        File.WriteAllText(Path.Combine(_directory, "ca.crt"), authority.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_directory, "token"), "t1\n");
        File.WriteAllText(Path.Combine(_directory, "namespace"), "lodestone-system");
        Assert.Contains("name a kubeconfig", Assert.Throws<KubeConfigException>(() => KubeConfig.InCluster(_directory)).Message, StringComparison.Ordinal);
        Environment.SetEnvironmentVariable("KUBERNETES_SERVICE_HOST", "2001:db8::1");
        Environment.SetEnvironmentVariable("KUBERNETES_SERVICE_PORT", "443");
        try
        {
            KubeConfig config = KubeConfig.InCluster(_directory);

            Assert.Equal(new Uri("https://[2001:db8::1]:443/"), config.Server);
            Assert.Equal(("lodestone-system", 1), (config.Namespace, config.CertificateAuthorities.Count));
            Assert.Equal(Path.Combine(_directory, "token"), config.TokenFile);
        }
        finally
        {
            Environment.SetEnvironmentVariable("KUBERNETES_SERVICE_HOST", null);
            Environment.SetEnvironmentVariable("KUBERNETES_SERVICE_PORT", null);
        }
    }

    [Fact]
    public async Task TokenFile_Renewed_IsReadAgain()
    {
        string file = Path.Combine(_directory, "token");
        var time = new FakeTimeProvider();
        var server = new Recorder();
        using var http = new HttpMessageInvoker(new BearerTokenHandler(null, file, time) { InnerHandler = server });
        async Task<string?> SentAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "https://kube.example.org/");
            using HttpResponseMessage response = await http.SendAsync(request, TestContext.Current.CancellationToken);
            return server.Token;
        }

        await Assert.ThrowsAsync<HttpRequestException>(SentAsync);
        await File.WriteAllTextAsync(file, "t1\n", TestContext.Current.CancellationToken);
        Assert.Equal("t1", await SentAsync());
        await File.WriteAllTextAsync(file, "t2\n", TestContext.Current.CancellationToken);
        Assert.Equal("t1", await SentAsync());
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("t2", await SentAsync());
        File.Delete(file);
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("t2", await SentAsync());
    }

    private sealed class Recorder : HttpMessageHandler
    {
        public string? Token { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Token = request.Headers.Authorization?.Parameter;
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));
        }
    }
}
