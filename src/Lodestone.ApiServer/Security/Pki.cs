using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Lodestone.ApiServer.Security;

/// <summary>Makes and reads the certificates of one server: ECDSA P-256, all issued by a CA of its own.</summary>
internal static class Pki
{
    private const string ClientPurpose = "1.3.6.1.5.5.7.3.2";

    private static readonly TimeSpan Backdating = TimeSpan.FromMinutes(5);

    /// <summary>A self-signed CA, with its key.</summary>
    public static X509Certificate2 CreateAuthority(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=lodestone-ca", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign | X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(now - Backdating, now.AddYears(10));
    }

    /// <summary>A certificate for TLS servers, valid for these DNS names and addresses.</summary>
    public static X509Certificate2 CreateServer(X509Certificate2 authority, IEnumerable<string> names, DateTimeOffset now)
    {
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (string name in names)
        {
            if (IPAddress.TryParse(name, out IPAddress? address))
            {
                alternatives.AddIpAddress(address);
            }
            else
            {
                alternatives.AddDnsName(name);
            }
        }

        return Issue(authority, new X500DistinguishedName("CN=lodestone-apiserver"), "1.3.6.1.5.5.7.3.1", now.AddYears(1), now, alternatives.Build());
    }

    /// <summary>A certificate for a client: the common name is the user, organizations are groups.</summary>
    public static X509Certificate2 CreateClient(X509Certificate2 authority, string user, IEnumerable<string> groups, DateTimeOffset now, TimeSpan validity)
    {
        return Issue(authority, SubjectFor(user, groups), ClientPurpose, now + validity, now, null);
    }

    /// <summary>A certificate for a client whose key is its own.</summary>
    /// <param name="authority">The CA, with its key.</param>
    /// <param name="key">The client's public key.</param>
    /// <param name="user">The common name.</param>
    /// <param name="groups">The organizations.</param>
    /// <param name="now">The time.</param>
    /// <param name="validity">How long it is valid from now on; not longer than the CA. It is backdated by a tenth of that, five minutes at most.</param>
    public static X509Certificate2 IssueClient(X509Certificate2 authority, PublicKey key, string user, IEnumerable<string> groups, DateTimeOffset now, TimeSpan validity)
    {
        TimeSpan backdating = validity / 10 < Backdating ? validity / 10 : Backdating;
        CertificateRequest request = NewRequest(authority, SubjectFor(user, groups), key, ClientPurpose);
        return Sign(authority, request, now - backdating, now + validity);
    }

    /// <summary>The user of a client certificate, or null if this CA did not issue it for a client or it is not valid now.</summary>
    public static UserInfo? Authenticate(X509Certificate2 certificate, X509Certificate2 authority, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientPurpose));
        chain.ChainPolicy.VerificationTime = now.LocalDateTime;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        if (!chain.Build(certificate))
        {
            return null;
        }

        (string? user, List<string> groups) = SubjectOf(certificate.SubjectName);
        return string.IsNullOrEmpty(user) ? null : new UserInfo(user, [.. groups, UserInfo.Authenticated]);
    }

    /// <summary>Whom a subject names: the common name is the user, organizations are groups.</summary>
    public static (string? User, List<string> Groups) SubjectOf(X500DistinguishedName subject)
    {
        string? user = null;
        var groups = new List<string>();
        foreach (X500RelativeDistinguishedName part in subject.EnumerateRelativeDistinguishedNames(reversed: false))
        {
            if (part.HasMultipleElements)
            {
                continue;
            }

            switch (part.GetSingleElementType().Value)
            {
                case "2.5.4.3":
                    user = part.GetSingleElementValue();
                    break;
                case "2.5.4.10" when part.GetSingleElementValue() is { } group:
                    groups.Add(group);
                    break;
            }
        }

        return (user, groups);
    }

    /// <summary>The private key as PEM (PKCS #8).</summary>
    public static string ExportKey(X509Certificate2 certificate)
    {
        using ECDsa key = certificate.GetECDsaPrivateKey() ?? throw new ArgumentException("the certificate has no ECDSA key", nameof(certificate));
        return key.ExportPkcs8PrivateKeyPem();
    }

    private static X509Certificate2 Issue(
        X509Certificate2 authority, X500DistinguishedName subject, string purpose, DateTimeOffset notAfter, DateTimeOffset now, X509Extension? alternatives)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = NewRequest(authority, subject, new PublicKey(key), purpose);
        if (alternatives is not null)
        {
            request.CertificateExtensions.Add(alternatives);
        }

        using X509Certificate2 certificate = Sign(authority, request, now - Backdating, notAfter);
        return certificate.CopyWithPrivateKey(key);
    }

    private static X500DistinguishedName SubjectFor(string user, IEnumerable<string> groups)
    {
        var subject = new X500DistinguishedNameBuilder();
        foreach (string group in groups)
        {
            subject.AddOrganizationName(group);
        }

        subject.AddCommonName(user);
        return subject.Build();
    }

    private static CertificateRequest NewRequest(X509Certificate2 authority, X500DistinguishedName subject, PublicKey key, string purpose)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        return request;
    }

    /// <summary>Signs, within the CA's own time. The key that is signed may be of another kind than the CA's.</summary>
    private static X509Certificate2 Sign(X509Certificate2 authority, CertificateRequest request, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        using ECDsa key = authority.GetECDsaPrivateKey() ?? throw new ArgumentException("the CA has no ECDSA key", nameof(authority));
        byte[] serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7f) | 0x40); // Positive, and of full length (RFC 5280, 4.1.2.2).
        return request.Create(
            authority.SubjectName,
            X509SignatureGenerator.CreateForECDsa(key),
            notBefore < authority.NotBefore ? authority.NotBefore : notBefore,
            notAfter < authority.NotAfter ? notAfter : authority.NotAfter,
            serial);
    }
}
