using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;

namespace Lodestone.ApiServer.Tests;

/// <summary>Speaks to a server as a kubeconfig says, and trusts only the CA in it.</summary>
internal sealed class ApiClient : IDisposable
{
    private readonly SocketsHttpHandler _handler;

    private ApiClient(Uri server, X509Certificate2 authority, X509Certificate2? certificate, Version version, DateTimeOffset now)
    {
        _handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = certificate is null ? null : [certificate],
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { authority },
                    RevocationMode = X509RevocationMode.NoCheck,
                    VerificationTime = now.LocalDateTime,
                },
            },
        };
        Http = new HttpClient(_handler) { BaseAddress = server, Timeout = TimeSpan.FromSeconds(60), DefaultRequestVersion = version };
    }

    public HttpClient Http { get; }

    /// <summary>A client as the kubeconfig says.</summary>
    /// <param name="kubeconfig">Its text.</param>
    /// <param name="isAnonymous">Without its credentials.</param>
    /// <param name="version">HTTP version; 1.1 when null.</param>
    /// <param name="time">The clock that the server's certificate has to be valid by.</param>
    public static ApiClient FromKubeconfig(string kubeconfig, bool isAnonymous = false, Version? version = null, TimeProvider? time = null)
    {
        return new ApiClient(
            new Uri(Field(kubeconfig, "server")),
            X509Certificate2.CreateFromPem(Data(kubeconfig, "certificate-authority-data")),
            isAnonymous ? null : CertificateOf(kubeconfig),
            version ?? System.Net.HttpVersion.Version11,
            (time ?? TimeProvider.System).GetUtcNow());
    }

    /// <summary>Sends a token, or other headers, with every request from now on.</summary>
    public ApiClient With(string header, string value)
    {
        Http.DefaultRequestHeaders.TryAddWithoutValidation(header, value);
        return this;
    }

    /// <summary>The client certificate in a kubeconfig, with its key.</summary>
    public static X509Certificate2 CertificateOf(string kubeconfig)
    {
        using X509Certificate2 pem = X509Certificate2.CreateFromPem(Data(kubeconfig, "client-certificate-data"), Data(kubeconfig, "client-key-data"));
        return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>From now on connections take few bytes that nobody reads; without this the kernel keeps up to 32 MB of them.</summary>
    public ApiClient WithSmallBuffers()
    {
        _handler.ConnectCallback = static async (context, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 64 << 10 };
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        };
        return this;
    }

    public Task<ApiAnswer> GetAsync(string path, string? accept = null) => SendAsync(HttpMethod.Get, path, null, null, accept);

    public Task<ApiAnswer> PostAsync(string path, string body, string contentType = "application/json") => SendAsync(HttpMethod.Post, path, body, contentType);

    public Task<ApiAnswer> PutAsync(string path, string body) => SendAsync(HttpMethod.Put, path, body, "application/json");

    public Task<ApiAnswer> MergePatchAsync(string path, string body) => SendAsync(HttpMethod.Patch, path, body, "application/merge-patch+json");

    public Task<ApiAnswer> JsonPatchAsync(string path, string body) => SendAsync(HttpMethod.Patch, path, body, "application/json-patch+json");

    public Task<ApiAnswer> DeleteAsync(string path, string? body = null) => SendAsync(HttpMethod.Delete, path, body, "application/json");

    public Task<ApiAnswer> SendProtobufAsync(HttpMethod method, string path, byte[] body) =>
        SendContentAsync(method, path, new ByteArrayContent(body), "application/vnd.kubernetes.protobuf", null);

    public Task<ApiAnswer> SendAsync(HttpMethod method, string path, string? body, string? contentType, string? accept = null) =>
        SendContentAsync(method, path, body is null ? null : new StringContent(body, Encoding.UTF8), contentType, accept);

    /// <summary>Sends a request as it is made; <paramref name="request"/> is disposed.</summary>
    public async Task<ApiAnswer> SendAsync(HttpRequestMessage request)
    {
        using (request)
        {
            request.Version = Http.DefaultRequestVersion;
            using HttpResponseMessage response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
            return new ApiAnswer(
                (int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), response.Headers, response.Content.Headers);
        }
    }

    /// <summary>Reads a path with headers of the test's own.</summary>
    public Task<ApiAnswer> GetAsync(string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return SendAsync(request);
    }

    /// <summary>Opens a watch; the answer's headers have arrived when this returns.</summary>
    public async Task<WatchReader> WatchAsync(string path, string? accept = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        HttpResponseMessage response = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)response.StatusCode);
        return new WatchReader(response, new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken)));
    }

    public void Dispose()
    {
        Http.Dispose();
        _handler.Dispose();
    }

    private async Task<ApiAnswer> SendContentAsync(HttpMethod method, string path, HttpContent? content, string? contentType, string? accept)
    {
        var request = new HttpRequestMessage(method, path) { Content = content };
        if (content is not null)
        {
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType!);
        }

        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        return await SendAsync(request);
    }

    private static string Data(string kubeconfig, string name) => Encoding.UTF8.GetString(Convert.FromBase64String(Field(kubeconfig, name)));

    private static string Field(string kubeconfig, string name) => Regex.Match(kubeconfig, $@"{name}:\s*(\S+)").Groups[1].Value;
}
