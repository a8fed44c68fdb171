namespace Lodestone.Api.Certificates;

/// <summary>The words for what a key may be used for (certificates.k8s.io KeyUsage).</summary>
public static class CertificateUsages
{
    /// <summary>Signs handshakes.</summary>
    public const string DigitalSignature = "digital signature";

    /// <summary>Transports keys, as RSA keys do.</summary>
    public const string KeyEncipherment = "key encipherment";

    /// <summary>A TLS client's.</summary>
    public const string ClientAuth = "client auth";

    /// <summary>All words there are, in the order in which Kubernetes names them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "any", "cert sign", ClientAuth, "code signing", "content commitment", "crl sign", "data encipherment", "decipher only", DigitalSignature,
        "email protection", "encipher only", "ipsec end system", "ipsec tunnel", "ipsec user", "key agreement", KeyEncipherment, "microsoft sgc",
        "netscape sgc", "ocsp signing", "s/mime", "server auth", "signing", "timestamping",
    ];
}
