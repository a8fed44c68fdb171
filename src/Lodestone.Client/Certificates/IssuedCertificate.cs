namespace Lodestone.Client.Certificates;

/// <summary>A certificate and its private key.</summary>
/// <param name="CertificatePem">The certificate, with its chain behind it if it has one.</param>
/// <param name="KeyPem">The key (PKCS #8), which never left this process.</param>
public sealed record IssuedCertificate(string CertificatePem, string KeyPem);
