using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Reflection;
using System.Security.Cryptography.X509Certificates;
using Lodestone.Client.Config;

namespace Lodestone.Client.Http;

/// <summary>Makes the connection pool of an <see cref="ApiClient"/>: whom to trust, who we are, when a peer is dead.</summary>
internal static class HttpHandlers
{
    /// <summary>After so long at most a request takes a new connection, and with it a renewed certificate; those under way go on.</summary>
    private static readonly TimeSpan MaxConnectionLifetime = TimeSpan.FromHours(6);
    private static readonly TimeSpan MinConnectionLifetime = TimeSpan.FromSeconds(1);

    /// <summary>The client over a pool: one JSON answer a request, HTTP/2 where the server has it.</summary>
    internal static HttpClient CreateClient(HttpMessageHandler handler, Uri server, string userAgent, bool disposeHandler = true)
    {
        var http = new HttpClient(handler, disposeHandler)
        {
            BaseAddress = server,
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        string version = typeof(HttpHandlers).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";
        http.DefaultRequestHeaders.UserAgent.ParseAdd($"{userAgent}/{version}");
        http.DefaultRequestHeaders.Accept.ParseAdd("application/json");
        return http;
    }

    /// <summary>The pool, with the token before each request where there is one.</summary>
    /// <param name="config">Whom to talk to, and as whom.</param>
    /// <param name="time">The clock.</param>
    /// <param name="transport">What to put around each connection, below TLS; null: nothing.</param>
    internal static HttpMessageHandler Create(KubeConfig config, TimeProvider time, Func<Stream, Stream>? transport = null)
    {
        SocketsHttpHandler handler = CreatePool(config, transport);
        return config.Token is null && config.TokenFile is null ? handler : new BearerTokenHandler(config.Token, config.TokenFile, time) { InnerHandler = handler };
    }

    private static SocketsHttpHandler CreatePool(KubeConfig config, Func<Stream, Stream>? transport)
    {
        var handler = new SocketsHttpHandler
        {
            AutomaticDecompression = DecompressionMethods.GZip,
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            EnableMultipleHttp2Connections = true,
            // HTTP/2 tells a dead peer by unanswered pings, HTTP/1.1 by the socket's keep-alive below.
            KeepAlivePingDelay = TimeSpan.FromSeconds(15),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            ConnectCallback = async (context, cancellationToken) =>
            {
                Stream stream = await ConnectAsync(context, cancellationToken);
                return transport?.Invoke(stream) ?? stream;
            },
        };
        if (config.CertificateAuthorities.Count > 0)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            };
            policy.CustomTrustStore.AddRange(config.CertificateAuthorities);
            handler.SslOptions.CertificateChainPolicy = policy;
        }

        if (config is { ClientCertificate: not null, SourceFile: not null })
        {
            var renewed = new RenewedClientCertificate(config);
            handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => renewed.Read();
            handler.PooledConnectionLifetime = ConnectionLifetime(config.ClientCertificate);
        }
        else if (config.ClientCertificate is { } certificate)
        {
            handler.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
        }

        return handler;
    }

    /// <summary>A sixth of the certificate's life: renewed after two thirds of it, the certificate before is no longer shown long before it ends.</summary>
    private static TimeSpan ConnectionLifetime(X509Certificate2 certificate)
    {
        TimeSpan part = (certificate.NotAfter - certificate.NotBefore) / 6;
        return part < MinConnectionLifetime ? MinConnectionLifetime : part > MaxConnectionLifetime ? MaxConnectionLifetime : part;
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 15);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
