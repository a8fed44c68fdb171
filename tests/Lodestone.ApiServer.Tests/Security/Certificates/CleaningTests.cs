using System.Security.Cryptography;
using System.Text;
using Lodestone.Client.Certificates;
using Microsoft.Extensions.Time.Testing;

namespace Lodestone.ApiServer.Tests.Security.Certificates;

/// <summary>What is left of joining goes by itself.</summary>
public sealed class CleaningTests : IAsyncLifetime
{
    private const string Requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    private const string Secrets = "/api/v1/namespaces/kube-system/secrets";

    private readonly TempDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private LodestoneApiServer _server = null!;
    private ApiClient _admin = null!;

    public async ValueTask InitializeAsync()
    {
        _server = new LodestoneApiServer(new LodestoneApiServerOptions { DataDirectory = _directory.Path, TimeProvider = _time });
        await _server.StartAsync(TestContext.Current.CancellationToken);
        _admin = ApiClient.FromKubeconfig(await File.ReadAllTextAsync(_server.KubeconfigPath, TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await _server.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Requests_GoAnHourAfterTheyAreSettled_OthersAfterADay()
    {
        string pending = await RequestAsync("O=lodestone:agents, CN=lodestone:agent:host-p");
        string failed = await RequestAsync("CN=somebody");
        await _server.UntilAsync(async () => (await _admin.GetAsync($"{Requests}/{failed}")).Text.Contains("SignerValidationFailure", StringComparison.Ordinal));

        await PassAsync(TimeSpan.FromMinutes(59));
        (await _admin.GetAsync($"{Requests}/{failed}")).Expect(200);
        await PassAsync(TimeSpan.FromMinutes(3));
        await _server.UntilAsync(async () => (await _admin.GetAsync($"{Requests}/{failed}")).Code == 404);
        (await _admin.GetAsync($"{Requests}/{pending}")).Expect(200);
        await PassAsync(TimeSpan.FromHours(24));
        await _server.UntilAsync(async () => (await _admin.GetAsync($"{Requests}/{pending}")).Code == 404);
    }

    [Fact]
    public async Task Tokens_GoWhenTheyHaveEnded_OtherSecretsStay()
    {
        (BootstrapToken ends, BootstrapToken stays) = (BootstrapToken.Create(), BootstrapToken.Create());
        await CreateAsync(ends, _time.GetUtcNow().AddMinutes(10));
        await CreateAsync(stays, null);
        (await _admin.PostAsync(Secrets, """{"metadata":{"name":"bootstrap-token-fooooo"},"stringData":{"expiration":"2001-01-01T00:00:00Z"}}""")).Expect(201);

        await PassAsync(TimeSpan.FromMinutes(12));
        await _server.UntilAsync(async () => (await _admin.GetAsync($"{Secrets}/{ends.SecretName}")).Code == 404);

        (await _admin.GetAsync($"{Secrets}/{stays.SecretName}")).Expect(200);
        (await _admin.GetAsync($"{Secrets}/bootstrap-token-fooooo")).Expect(200);
    }

    /// <summary>Lets time pass, and wakes what waits for a write.</summary>
    private async Task PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        long now = _time.GetUtcNow().ToUnixTimeSeconds();
        (await _admin.MergePatchAsync("/api/v1/namespaces/default", $$$"""{"metadata":{"annotations":{"now":"{{{now}}}"} } }""")).Expect(200);
    }

    private async Task CreateAsync(BootstrapToken token, DateTimeOffset? expires) => (await _admin.PostAsync(
        Secrets, System.Text.Json.JsonSerializer.Serialize(token.ToSecret(expires, null, null), Api.Json.ApiJsonContext.Default.Secret))).Expect(201);

    private async Task<string> RequestAsync(string subject)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string pem = new System.Security.Cryptography.X509Certificates.CertificateRequest(subject, key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        ApiAnswer created = await _admin.PostAsync(Requests, $$$"""
            {"metadata":{"generateName":"t-"},"spec":{"signerName":"lodestone.dev/agent","usages":["client auth"],"request":"{{{Convert.ToBase64String(Encoding.ASCII.GetBytes(pem))}}}"}}
            """);
        return created.Expect(201).Name;
    }
}
