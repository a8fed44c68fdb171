using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Lodestone.Client.Config;

namespace Lodestone.Controllers.Tests.Clusters;

/// <summary>Connections as a kubeconfig has them.</summary>
internal static class Transport
{
    internal static HttpMessageHandler Create(KubeConfig config)
    {
        var handler = new SocketsHttpHandler();
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(config.CertificateAuthorities);
        handler.SslOptions.CertificateChainPolicy = policy;
        if (config.ClientCertificate is { } certificate)
        {
            handler.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
        }

        string? token = config.Token ?? (config.TokenFile is { } file ? File.ReadAllText(file).Trim() : null);
        return token is null ? handler : new TokenHandler(token) { InnerHandler = handler };
    }

    private sealed class TokenHandler(string token) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
