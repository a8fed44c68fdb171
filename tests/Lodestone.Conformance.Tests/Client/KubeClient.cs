using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Lodestone.Conformance.Tests.Client;

/// <summary>Sends requests as they are written, and shows answers as they came.</summary>
internal sealed class KubeClient : IDisposable
{
    public const string Json = "application/json";
    public const string Yaml = "application/yaml";
    public const string MergePatch = "application/merge-patch+json";
    public const string JsonPatch = "application/json-patch+json";
    public const string StrategicPatch = "application/strategic-merge-patch+json";
    public const string ApplyPatch = "application/apply-patch+yaml";

    private readonly SocketsHttpHandler _handler;
    private readonly HttpClient _http;

    public KubeClient(Kubeconfig configuration, bool isAnonymous = false, string? token = null, Version? version = null)
    {
        _handler = new SocketsHttpHandler { AllowAutoRedirect = false, SslOptions = Tls(configuration, isAnonymous || token is not null) };
        _http = new HttpClient(_handler) { BaseAddress = configuration.Server, Timeout = TimeSpan.FromSeconds(90), DefaultRequestVersion = version ?? HttpVersion.Version11 };
        if ((token ?? (isAnonymous ? null : configuration.Token)) is { } bearer)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        }

        _http.DefaultRequestHeaders.UserAgent.ParseAdd("conformance/1.0");
    }

    public Task<Answer> GetAsync(string path, string? accept = null) =>
        SendAsync(HttpMethod.Get, path, headers: accept is null ? [] : [("Accept", accept)]);

    public Task<Answer> PostAsync(string path, string body) => SendAsync(HttpMethod.Post, path, body);

    public Task<Answer> PostAsync(string path, JsonNode body) => SendAsync(HttpMethod.Post, path, body.ToJsonString());

    public Task<Answer> PutAsync(string path, string body) => SendAsync(HttpMethod.Put, path, body);

    public Task<Answer> PutAsync(string path, JsonNode body) => SendAsync(HttpMethod.Put, path, body.ToJsonString());

    public Task<Answer> MergeAsync(string path, string body) => SendAsync(HttpMethod.Patch, path, body, MergePatch);

    public Task<Answer> JsonPatchAsync(string path, string body) => SendAsync(HttpMethod.Patch, path, body, JsonPatch);

    public Task<Answer> StrategicAsync(string path, string body) => SendAsync(HttpMethod.Patch, path, body, StrategicPatch);

    public Task<Answer> ApplyAsync(string path, string body, string manager, bool force = false) =>
        SendAsync(HttpMethod.Patch, $"{path}?fieldManager={manager}{(force ? "&force=true" : "")}", body, ApplyPatch);

    public Task<Answer> DeleteAsync(string path, string? body = null) => SendAsync(HttpMethod.Delete, path, body);

    /// <summary>Sends one request; a body of null is none.</summary>
    public Task<Answer> SendAsync(HttpMethod method, string path, string? body = null, string contentType = Json, params (string Name, string Value)[] headers) =>
        SendAsync(method, path, body is null ? null : Encoding.UTF8.GetBytes(body), contentType, headers);

    /// <summary>Sends one request; an empty content type is none.</summary>
    public async Task<Answer> SendAsync(HttpMethod method, string path, byte[]? body, string contentType, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = Request(method, path, body, contentType, headers);
        using HttpResponseMessage response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        byte[] content = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        return new Answer($"{method} {path}", (int)response.StatusCode, content, response.Headers, response.Content.Headers);
    }

    /// <summary>Opens a watch: returns when the headers have come.</summary>
    public async Task<WatchStream> WatchAsync(string path, string? accept = null)
    {
        using HttpRequestMessage request = Request(HttpMethod.Get, path, null, "", accept is null ? [] : [("Accept", accept)]);
        HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            Assert.Fail($"GET {path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
        }

        return new WatchStream(path, response, new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken)));
    }

    public void Dispose()
    {
        _http.Dispose();
        _handler.Dispose();
    }

    private HttpRequestMessage Request(HttpMethod method, string path, byte[]? body, string contentType, (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path) { Version = _http.DefaultRequestVersion };
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            if (contentType.Length > 0)
            {
                request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
            }
        }

        foreach ((string name, string value) in headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    private static SslClientAuthenticationOptions Tls(Kubeconfig configuration, bool isAnonymous)
    {
        var options = new SslClientAuthenticationOptions
        {
            ClientCertificates = isAnonymous || configuration.Certificate is null ? null : [configuration.Certificate],
        };
        if (configuration.Authority is { } authority)
        {
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                CustomTrustStore = { authority },
            };
        }

        return options;
    }
}
