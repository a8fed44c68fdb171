using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Json;
using Lodestone.Client.Config;

namespace Lodestone.Client.Certificates;

/// <summary>Finds out the CA of a server of which one knows the hash only (kubeadm's token discovery).</summary>
/// <remarks>
/// The ConfigMap <c>kube-public/cluster-info</c> is read without knowing who answers; what it says of the CA counts only if the hash of
/// its public key is the one that was told. Nothing that is secret is sent before.
/// </remarks>
public static class ServerDiscovery
{
    private const string Path = "api/v1/namespaces/kube-public/configmaps/cluster-info";
    private const int MaxAnswerBytes = 1 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>The CA's certificate.</summary>
    /// <param name="server">The server, <c>https://...</c>.</param>
    /// <param name="pins">The CA's public key has one of these hashes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ServerDiscoveryException">The server does not answer, tells of no CA, or of another.</exception>
    public static async Task<X509Certificate2> FindAuthorityAsync(Uri server, IReadOnlyCollection<PublicKeyPin> pins, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(pins);
        X509Certificate2Collection authorities = await ReadAsync(server, cancellationToken);
        foreach (X509Certificate2 authority in authorities)
        {
            if (pins.Contains(PublicKeyPin.Of(authority)))
            {
                return authority;
            }
        }

        throw new ServerDiscoveryException(
            authorities.Count == 0
                ? $"{server}: its ConfigMap kube-public/cluster-info names no CA"
                : $"{server} shows a CA with hash {string.Join(", ", authorities.Select(a => PublicKeyPin.Of(a).ToString()))}, not {string.Join(", ", pins)}: the hash is mistyped or old, or somebody else answers there");
    }

    private static async Task<X509Certificate2Collection> ReadAsync(Uri server, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ConnectTimeout = Patience };
#pragma warning disable CA5359 // Who answers is told afterwards, by the hash of the CA.
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        using var http = new HttpClient(handler) { Timeout = Patience, MaxResponseContentBufferSize = MaxAnswerBytes };
        try
        {
            using HttpResponseMessage answer = await http.GetAsync(new Uri(server, Path), cancellationToken);
            if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound)
            {
                throw new ServerDiscoveryException($"{server} shows nobody its ConfigMap kube-public/cluster-info ({(int)answer.StatusCode}): it is no Lodestone server, or an older one");
            }

            answer.EnsureSuccessStatusCode();
            ConfigMap? info = JsonSerializer.Deserialize(await answer.Content.ReadAsByteArrayAsync(cancellationToken), ApiJsonContext.Default.ConfigMap);
            using var kubeconfig = new StringReader(info?.Data?.GetValueOrDefault("kubeconfig") ?? "");
            return KubeConfigReader.Read(kubeconfig, "cluster-info", null).CertificateAuthorities;
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or KubeConfigException or CryptographicException)
        {
            string why = exception is HttpRequestException { InnerException: { } inner } ? inner.Message : exception.Message;
            throw new ServerDiscoveryException($"{server}: {why}", exception);
        }
        catch (TaskCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ServerDiscoveryException($"{server} does not answer within {Patience.TotalSeconds} s", exception);
        }
    }
}
