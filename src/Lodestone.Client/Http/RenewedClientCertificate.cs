using System.Security.Cryptography.X509Certificates;
using Lodestone.Client.Config;

namespace Lodestone.Client.Http;

/// <summary>The client certificate of a kubeconfig that may be written anew at any time: read for every new connection.</summary>
/// <remarks>Thread safe. A file that can't be read leaves the certificate that was there before.</remarks>
/// <param name="config">A configuration with a certificate, read from a file.</param>
internal sealed class RenewedClientCertificate(KubeConfig config)
{
    private X509Certificate2 _certificate = config.ClientCertificate!;

    /// <summary>The certificate for a new connection.</summary>
    public X509Certificate2 Read()
    {
        X509Certificate2 known = Volatile.Read(ref _certificate);
        try
        {
            if (KubeConfig.Load(config.SourceFile, config.Context).ClientCertificate is { } read && !read.RawDataMemory.Span.SequenceEqual(known.RawDataMemory.Span))
            {
                // The former one is not disposed: handshakes may be under way with it.
                Volatile.Write(ref _certificate, read);
                return read;
            }
        }
        catch (KubeConfigException)
        {
            // Half written, or gone: the server says so when the certificate no longer counts.
        }

        return known;
    }
}
