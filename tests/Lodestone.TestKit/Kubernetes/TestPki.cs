using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Lodestone.TestKit.Kubernetes;

/// <summary>Makes certificates for a server under test and for those who may, or may not, use it.</summary>
public sealed class TestPki : IDisposable
{
    private readonly X509Certificate2 _authority;

    /// <summary>A new CA.</summary>
    public TestPki(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _authority = request.CreateSelfSigned(Now.AddMinutes(-5), Now.AddYears(1));
    }

    /// <summary>The CA's certificate.</summary>
    public string AuthorityPem => _authority.ExportCertificatePem();

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    /// <inheritdoc/>
    public void Dispose() => _authority.Dispose();

    /// <summary>A certificate for a server of these names and addresses.</summary>
    public (string Certificate, string Key) Server(params string[] names)
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

        return Issue($"CN={names[0]}", "1.3.6.1.5.5.7.3.1", alternatives.Build());
    }

    /// <summary>A certificate for a client: the user, and the groups it is in.</summary>
    public (string Certificate, string Key) Client(string user, params string[] groups) =>
        Issue(string.Join(", ", groups.Select(g => $"O={g}").Append($"CN={user}")), "1.3.6.1.5.5.7.3.2", null);

    private (string Certificate, string Key) Issue(string subject, string usage, X509Extension? alternatives)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        if (alternatives is not null)
        {
            request.CertificateExtensions.Add(alternatives);
        }

        byte[] serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7F;
        using X509Certificate2 issued = request.Create(_authority, Now.AddMinutes(-5), Now.AddMonths(6), serial);
        return (issued.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }
}
