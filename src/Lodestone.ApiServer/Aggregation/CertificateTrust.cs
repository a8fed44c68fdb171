using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Lodestone.ApiServer.Aggregation;

/// <summary>Some CAs, and whether a client's certificate is one of theirs. A certificate is verified once, then only its time is looked at.</summary>
internal sealed class CertificateTrust
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2Collection _authorities;
    private readonly ConditionalWeakTable<X509Certificate2, StrongBox<bool>> _known = [];

    private CertificateTrust(X509Certificate2Collection authorities) => _authorities = authorities;

    /// <summary>Reads one CA or several.</summary>
    /// <exception cref="CryptographicException">There is none in the text, or one can't be read.</exception>
    public static CertificateTrust FromPem(string pem)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(pem);
        return authorities.Count > 0 ? new CertificateTrust(authorities) : throw new CryptographicException("there is no certificate in it");
    }

    /// <inheritdoc cref="FromPem(string)"/>
    public static CertificateTrust FromPem(byte[] pem) => FromPem(Encoding.UTF8.GetString(pem));

    /// <summary>Whether one of these CAs issued the certificate for a client, and it is valid now.</summary>
    public bool Verifies(X509Certificate2 certificate, DateTimeOffset now)
    {
        if (now.UtcDateTime < certificate.NotBefore.ToUniversalTime() || now.UtcDateTime > certificate.NotAfter.ToUniversalTime())
        {
            return false;
        }

        if (!_known.TryGetValue(certificate, out StrongBox<bool>? verdict))
        {
            verdict = new StrongBox<bool>(Build(certificate, now));
            _known.AddOrUpdate(certificate, verdict);
        }

        return verdict.Value;
    }

    private bool Build(X509Certificate2 certificate, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        chain.ChainPolicy.VerificationTime = now.LocalDateTime;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        return chain.Build(certificate);
    }
}
