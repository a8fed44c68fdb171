using Lodestone.Api.Meta;

namespace Lodestone.Api.Certificates;

/// <summary>Asks for a certificate: who wants which, and what became of it (certificates.k8s.io/v1).</summary>
public sealed class CertificateSigningRequest : KubernetesObject
{
    /// <summary>What is asked for, and by whom. It can't be changed.</summary>
    public CertificateSigningRequestSpec Spec { get; set; } = new();

    /// <summary>Whether it was approved, and the certificate.</summary>
    public CertificateSigningRequestStatus? Status { get; set; }
}
