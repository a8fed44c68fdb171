using System.Net;
using System.Security.Cryptography.X509Certificates;

using Lodestone.Cli.Lab.Traffic;
using Lodestone.Client.Config;
using Lodestone.Client.Http;

namespace Lodestone.Cli.Lab.Cluster;

/// <summary>Makes API clients whose connections start in a network namespace.</summary>
internal static class NamespacedApi
{
    /// <summary>A client for the server a kubeconfig names by address.</summary>
    /// <param name="kubeconfigPath">The kubeconfig; it must hold a client certificate.</param>
    /// <param name="sockets">Where connections start.</param>
    public static ApiClient Connect(string kubeconfigPath, NamespaceSockets sockets)
    {
        KubeConfig config = KubeConfig.Load(kubeconfigPath);
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.AddRange(config.CertificateAuthorities);
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = (context, cancellationToken) =>
                sockets.ConnectAsync(new IPEndPoint(IPAddress.Parse(context.DnsEndPoint.Host), context.DnsEndPoint.Port), cancellationToken),
        };
        handler.SslOptions.CertificateChainPolicy = trust;
        handler.SslOptions.ClientCertificates = [config.ClientCertificate ?? throw new CommandException($"kubeconfig '{kubeconfigPath}' holds no client certificate")];
        return new ApiClient(handler, config.Server, new ApiClientOptions { UserAgent = "lodestone-demo", FieldManager = "lodestone-demo" });
    }
}
