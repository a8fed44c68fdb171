namespace Lodestone.Api.Certificates;

/// <summary>What became of a <see cref="CertificateSigningRequest"/>.</summary>
public sealed class CertificateSigningRequestStatus
{
    /// <summary>Approved, Denied or Failed; none while nobody has decided.</summary>
    public List<CertificateSigningRequestCondition>? Conditions { get; set; }

    /// <summary>The certificate as PEM, with its chain behind it; null until it is signed.</summary>
    public byte[]? Certificate { get; set; }
}
