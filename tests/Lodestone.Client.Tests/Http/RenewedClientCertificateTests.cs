using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Lodestone.Client.Config;
using Lodestone.Client.Http;
using Xunit;

namespace Lodestone.Client.Tests.Http;

public sealed class RenewedClientCertificateTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("lodestone-renewed-").FullName;

    private string File => Path.Combine(_directory, "config");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Read_FileWrittenAnew_IsTheNewCertificate()
    {
        Write("first");
        var certificate = new RenewedClientCertificate(KubeConfig.Load(File));
        Assert.Equal("CN=first", certificate.Read().Subject);
        Assert.Same(certificate.Read(), certificate.Read());

        Write("second");

        Assert.Equal("CN=second", certificate.Read().Subject);
        Assert.True(certificate.Read().HasPrivateKey);
    }

    [Theory]
    [InlineData("nonsense: [")]
    [InlineData(null)]
    public void Read_FileThatCannotBeRead_IsTheFormerCertificate(string? text)
    {
        Write("first");
        var certificate = new RenewedClientCertificate(KubeConfig.Load(File));

        System.IO.File.Delete(File);
        if (text is not null)
        {
            System.IO.File.WriteAllText(File, text);
        }

        Assert.Equal("CN=first", certificate.Read().Subject);
    }

    private void Write(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        string user = $"client-certificate-data: {Base64(certificate.ExportCertificatePem())}, client-key-data: {Base64(key.ExportPkcs8PrivateKeyPem())}";
        System.IO.File.WriteAllText(File, $$$"""
            current-context: lab
            contexts: [{name: lab, context: {cluster: here, user: me}}]
            clusters: [{name: here, cluster: {server: "https://127.0.0.1:6443"}}]
            users: [{name: me, user: {{{{user}}} }}]
            """);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
