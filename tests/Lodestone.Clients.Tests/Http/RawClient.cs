using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Lodestone.Client.Config;

namespace Lodestone.Clients.Tests.Http;

/// <summary>Sends requests exactly as given: what a client would send, header by header.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly HttpClient _http;

    public RawClient(string kubeconfig)
    {
        var config = KubeConfig.Load(kubeconfig);
        var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new System.Security.Cryptography.X509Certificates.X509ChainPolicy
        {
            TrustMode = System.Security.Cryptography.X509Certificates.X509ChainTrustMode.CustomRootTrust,
            RevocationMode = System.Security.Cryptography.X509Certificates.X509RevocationMode.NoCheck,
        };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(config.CertificateAuthorities);
        handler.SslOptions.ClientCertificates = [config.ClientCertificate!];
        _http = new HttpClient(handler) { BaseAddress = config.Server, DefaultRequestVersion = new Version(2, 0) };
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Sends, and returns the answer's code and JSON.</summary>
    public async Task<(int Code, JsonNode Body)> SendAsync(string method, string path, string? body = null, string contentType = "application/json", string accept = "application/json")
    {
        using HttpResponseMessage response = await SendAsync(method, path, body is null ? null : Encoding.UTF8.GetBytes(body), contentType, accept, HttpCompletionOption.ResponseContentRead);
        string text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, JsonNode.Parse(text) ?? throw new InvalidDataException(text));
    }

    /// <summary>Sends, and expects a code.</summary>
    public async Task<JsonNode> ExpectAsync(int code, string method, string path, string? body = null, string contentType = "application/json", string accept = "application/json")
    {
        (int got, JsonNode answer) = await SendAsync(method, path, body, contentType, accept);
        Assert.True(got == code, $"{method} {path}: {got}, not {code}\n{answer}");
        return answer;
    }

    /// <summary>Opens a stream of lines.</summary>
    public async Task<StreamReader> StreamAsync(string path, string accept)
    {
        HttpResponseMessage response = await SendAsync("GET", path, null, "application/json", accept, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(200, (int)response.StatusCode);
        return new StreamReader(await response.Content.ReadAsStreamAsync());
    }

    public Task<HttpResponseMessage> SendAsync(string method, string path, byte[]? body, string contentType, string accept, HttpCompletionOption completion)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }

        return _http.SendAsync(request, completion);
    }
}
