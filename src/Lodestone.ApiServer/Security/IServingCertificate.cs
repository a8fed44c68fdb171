using System.Net.Security;

namespace Lodestone.ApiServer.Security;

/// <summary>The certificate that new connections are served with; it may change while the server runs.</summary>
internal interface IServingCertificate
{
    /// <summary>The present one, with its chain.</summary>
    public SslStreamCertificateContext Current { get; }
}
