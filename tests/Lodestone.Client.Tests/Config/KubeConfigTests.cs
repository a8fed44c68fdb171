using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Lodestone.Client.Config;
using Xunit;

namespace Lodestone.Client.Tests.Config;

public sealed class KubeConfigTests
{
    private const string Minimal = """
        apiVersion: v1
        kind: Config
        current-context: lab
        contexts:
        - name: lab
          context: { cluster: here, user: me, namespace: team }
        - name: bare
          context: { cluster: here }
        clusters:
        - name: here
          cluster: { server: "https://127.0.0.1:6443" }
        users:
        - name: me
          user: { token: secret }
        """;

    private const string Context = "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n";

    [Fact]
    public void Read_CurrentContext_GivesServerNamespaceAndToken()
    {
        KubeConfig config = Read(Minimal);

        Assert.Equal(new Uri("https://127.0.0.1:6443/"), config.Server);
        Assert.Equal("team", config.Namespace);
        Assert.Equal("secret", config.Token);
        Assert.Empty(config.CertificateAuthorities);
    }

    [Fact]
    public void Read_NamedContextWithoutUser_HasDefaults()
    {
        KubeConfig config = Read(Minimal, "bare");

        Assert.Equal("default", config.Namespace);
        Assert.Null(config.Token);
        Assert.Null(config.ClientCertificate);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("a: [", "line ")]
    [InlineData("kind: Config", "current-context is not set")]
    [InlineData("current-context: x", "contexts has no entry named \"x\"")]
    [InlineData("current-context: x\ncontexts: [{name: x, context: {}}]", "contexts[x].context.cluster is missing")]
    [InlineData(Context + "clusters: [{name: c, cluster: {server: 'ftp://h'}}]", "is not an http or https address")]
    [InlineData(Context + "clusters: [{name: c, cluster: {server: 'https://h', insecure-skip-tls-verify: true}}]", "insecure-skip-tls-verify is not supported")]
    [InlineData(Context + "clusters: [{name: c, cluster: {server: 'https://h', certificate-authority-data: '***'}}]", "certificate-authority-data is not base64")]
    [InlineData(Context + "clusters: [{name: c, cluster: {server: 'https://h'}}]\nusers: [{name: u, user: {client-key-data: QQ==}}]", "belong together")]
    [InlineData(Context + "clusters: [{name: c, cluster: {server: 'https://h'}}]\nusers: [{name: u, user: {exec: {command: aws}}}]", "exec is not supported")]
    public void Read_Unusable_SaysFileFieldAndProblem(string yaml, string expected)
    {
        KubeConfigException exception = Assert.Throws<KubeConfigException>(() => Read(yaml));

        Assert.Contains("config.yaml", exception.Message, StringComparison.Ordinal);
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NoFile_NamesIt()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

        Assert.Contains(path, Assert.Throws<KubeConfigException>(() => KubeConfig.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_CertificatesInFilesBesideIt_AreRead()
    {
        string directory = Directory.CreateTempSubdirectory("lodestone-kubeconfig-").FullName;
        try
        {
            using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=me", key, HashAlgorithmName.SHA256);
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
            File.WriteAllText(Path.Combine(directory, "ca.pem"), certificate.ExportCertificatePem());
            File.WriteAllText(Path.Combine(directory, "me.pem"), certificate.ExportCertificatePem());
            File.WriteAllText(Path.Combine(directory, "me.key"), key.ExportPkcs8PrivateKeyPem());
            string path = Path.Combine(directory, "config");
            File.WriteAllText(path, Minimal
                .Replace("server:", "certificate-authority: ca.pem, server:", StringComparison.Ordinal)
                .Replace("token: secret", "client-certificate: me.pem, client-key: me.key", StringComparison.Ordinal));

            KubeConfig config = KubeConfig.Load(path);

            Assert.Equal("CN=me", Assert.Single(config.CertificateAuthorities).Subject);
            Assert.True(config.ClientCertificate!.HasPrivateKey);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static KubeConfig Read(string yaml, string? context = null)
    {
        using var reader = new StringReader(yaml);
        return KubeConfigReader.Read(reader, "config.yaml", context);
    }
}
