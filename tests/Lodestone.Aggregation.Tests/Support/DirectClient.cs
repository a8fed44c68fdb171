using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Lodestone.Aggregation.Tests.Support;

/// <summary>Speaks HTTPS to the server under test, past the aggregator, and remembers the certificate it was shown.</summary>
internal sealed class DirectClient : IDisposable
{
    private readonly SocketsHttpHandler _handler;
    private readonly HttpClient _http;

    public DirectClient(Uri url, string authorityPem, (string Certificate, string Key)? client)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(authorityPem));
        _handler = new SocketsHttpHandler { PooledConnectionLifetime = Timeout.InfiniteTimeSpan };
        _handler.SslOptions.CertificateChainPolicy = policy;
        _handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
        {
            ServerSerial = certificate?.GetSerialNumberString();
            return errors == SslPolicyErrors.None;
        };
        if (client is { } pair)
        {
            _handler.SslOptions.ClientCertificateContext =
                SslStreamCertificateContext.Create(X509Certificate2.CreateFromPem(pair.Certificate, pair.Key), additionalCertificates: null, offline: true);
        }

        _http = new HttpClient(_handler) { BaseAddress = url };
    }

    /// <summary>Serial number of the certificate of the last handshake.</summary>
    public string? ServerSerial { get; private set; }

    public Task<DirectAnswer> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    public Task<DirectAnswer> PostAsync(string path, string body, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Post, path, body, headers);

    public Task<DirectAnswer> SendAsync(HttpMethod method, string path, string? body, params (string Name, string Value)[] headers) =>
        SendContentAsync(method, path, body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"), headers);

    public Task<DirectAnswer> SendProtobufAsync(HttpMethod method, string path, byte[] body, params (string Name, string Value)[] headers)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/vnd.kubernetes.protobuf");
        return SendContentAsync(method, path, content, headers);
    }

    public void Dispose() => _http.Dispose();

    private async Task<DirectAnswer> SendContentAsync(HttpMethod method, string path, HttpContent? content, (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using HttpResponseMessage response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        return new DirectAnswer((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
