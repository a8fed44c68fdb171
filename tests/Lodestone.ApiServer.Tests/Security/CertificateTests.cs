using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace Lodestone.ApiServer.Tests.Security;

/// <summary>Certificates over the time a server runs, and what TLS it speaks.</summary>
public sealed class CertificateTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly TempDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private LodestoneApiServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = new LodestoneApiServer(new LodestoneApiServerOptions { DataDirectory = _directory.Path, TimeProvider = _time });
        await _server.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task ServingCertificate_AMonthBeforeItsEnd_IsAnotherForNewConnections()
    {
        string kubeconfig = await File.ReadAllTextAsync(_server.KubeconfigPath, TestContext.Current.CancellationToken);
        using ApiClient open = ApiClient.FromKubeconfig(kubeconfig);
        (await open.GetAsync("/api/v1/namespaces")).Expect(200);
        using X509Certificate2 first = await HandshakeAsync();

        await PassAsync(TimeSpan.FromDays(300));
        using X509Certificate2 same = await HandshakeAsync();
        await PassAsync(TimeSpan.FromDays(40));
        using X509Certificate2 next = await HandshakeAsync();

        Assert.Equal(first.SerialNumber, same.SerialNumber);
        Assert.NotEqual(first.SerialNumber, next.SerialNumber);
        Assert.True(next.NotAfter.ToUniversalTime() > first.NotAfter.ToUniversalTime().AddDays(300));
        Assert.True(next.MatchesHostname("127.0.0.1"));
        Assert.Contains(next.ExportCertificatePem(), await File.ReadAllTextAsync(Path.Combine(_directory.Path, "server.crt"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        (await open.GetAsync("/api/v1/namespaces")).Expect(200);
    }

    [Fact]
    public async Task Kubeconfigs_AMonthBeforeTheirEnd_AreWrittenAnew()
    {
        string other = _server.KeepKubeconfig("agent.kubeconfig", url => _server.Credentials.IssueAgentKubeconfig(url, "host-a"));
        string[] before = [await ReadAsync(_server.KubeconfigPath), await ReadAsync(other)];

        await PassAsync(TimeSpan.FromDays(300));
        string[] same = [await ReadAsync(_server.KubeconfigPath), await ReadAsync(other)];
        await PassAsync(TimeSpan.FromDays(40));
        string[] after = [await ReadAsync(_server.KubeconfigPath), await ReadAsync(other)];
        await PassAsync(TimeSpan.FromDays(40));

        Assert.Equal(before, same);
        Assert.NotEqual(before[0], after[0]);
        Assert.NotEqual(before[1], after[1]);
        using ApiClient admin = ApiClient.FromKubeconfig(after[0], time: _time);
        using ApiClient agent = ApiClient.FromKubeconfig(after[1], time: _time);
        using ApiClient former = ApiClient.FromKubeconfig(before[0], time: _time);
        (await admin.GetAsync("/api/v1/namespaces")).Expect(200);
        (await agent.GetAsync("/api/v1/namespaces")).Expect(200);
        (await former.GetAsync("/api/v1/namespaces")).ExpectFailure(401, "Unauthorized");
    }

    [Fact]
    public async Task ClientCertificate_ThatEnds_EndsOnOpenConnectionsToo()
    {
        using ApiClient user = ApiClient.FromKubeconfig(_server.Credentials.IssueKubeconfig(_server.Url, "u", ["system:masters"], TimeSpan.FromHours(1)));
        (await user.GetAsync("/api/v1/namespaces")).Expect(200);

        _time.Advance(TimeSpan.FromMinutes(59));
        (await user.GetAsync("/api/v1/namespaces")).Expect(200);
        _time.Advance(TimeSpan.FromMinutes(2));

        (await user.GetAsync("/api/v1/namespaces")).ExpectFailure(401, "Unauthorized");
    }

    [Theory]
    [InlineData(0x03, 0x01)]
    [InlineData(0x03, 0x02)]
    public async Task Tls_Before12_IsRefused(byte major, byte minor)
    {
        using TcpClient client = await ConnectAsync();
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(ClientHello(major, minor), TestContext.Current.CancellationToken);

        byte[] answer = new byte[7];
        await stream.ReadExactlyAsync(answer, TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience);

        // RFC 5246, 7.2: a record of type alert (21), fatal (2), protocol_version (70).
        Assert.Equal((21, 2, 70), (answer[0], answer[5], answer[6]));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Tls_From12_IsSpoken(SslProtocols protocol)
    {
        using TcpClient client = await ConnectAsync();
        using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate is not null);

        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", EnabledSslProtocols = protocol }, TestContext.Current.CancellationToken);

        Assert.Equal(protocol, tls.SslProtocol);
    }

    /// <summary>A hello that offers one old version and a suite that it had (RFC 4346, 7.4.1.2).</summary>
    private static byte[] ClientHello(byte major, byte minor)
    {
        byte[] body = [major, minor, .. Encoding.ASCII.GetBytes(new string('r', 32)), 0, 0, 2, 0x00, 0x2f, 1, 0];
        byte[] handshake = [1, 0, 0, (byte)body.Length, .. body];
        return [22, major, minor, 0, (byte)handshake.Length, .. handshake];
    }

    private static Task<string> ReadAsync(string path) => File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);

    private async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient(AddressFamily.InterNetwork);
        await client.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _server.Url.Port), TestContext.Current.CancellationToken);
        return client;
    }

    /// <summary>The certificate that a new connection is shown, which the CA must have issued for now.</summary>
    private async Task<X509Certificate2> HandshakeAsync()
    {
        using TcpClient client = await ConnectAsync();
        X509Certificate2? shown = null;
        using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, certificate, _, _) =>
        {
            shown = X509CertificateLoader.LoadCertificate(certificate!.GetRawCertData());
            return shown is not null;
        });
        await tls.AuthenticateAsClientAsync("localhost");
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(_server.Credentials.AuthorityPem));
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = _time.GetUtcNow().LocalDateTime;
        Assert.True(chain.Build(shown!), string.Join(", ", chain.ChainStatus.Select(s => s.StatusInformation)));
        return shown!;
    }

    /// <summary>Lets time pass, and the server look at its certificates.</summary>
    private async Task PassAsync(TimeSpan time)
    {
        Task looked = _server.Renewer.Looked;
        _time.Advance(time);
        await looked.WaitAsync(Patience);
    }
}
