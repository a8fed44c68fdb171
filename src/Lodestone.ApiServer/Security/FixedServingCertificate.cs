using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Lodestone.ApiServer.Security;

/// <summary>One certificate for as long as the server runs. The caller disposes it.</summary>
internal sealed class FixedServingCertificate(X509Certificate2 certificate) : IServingCertificate
{
    /// <inheritdoc/>
    public SslStreamCertificateContext Current { get; } = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
}
