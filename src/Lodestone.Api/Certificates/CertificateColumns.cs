using Lodestone.Api.Resources;

namespace Lodestone.Api.Certificates;

/// <summary>Tables of the kinds of <c>certificates.k8s.io</c>, as Kubernetes prints them.</summary>
internal static class CertificateColumns
{
    public static IReadOnlyList<PrinterColumn> CertificateSigningRequest { get; } =
    [
        PrinterColumn.ObjectName,
        PrinterColumn.Age,
        PrinterColumn.Text<CertificateSigningRequest>("SignerName", "Who is to sign it.", r => r.Spec.SignerName),
        PrinterColumn.Text<CertificateSigningRequest>("Requestor", "Who asks.", r => r.Spec.Username ?? ""),
        PrinterColumn.Text<CertificateSigningRequest>(
            "RequestedDuration",
            "How long the certificate should be valid.",
            r => r.Spec.ExpirationSeconds is { } seconds ? HumanDuration.Format(TimeSpan.FromSeconds(seconds)) : "<none>"),
        PrinterColumn.Text<CertificateSigningRequest>("Condition", "What became of it.", StateOf),
    ];

    private static string StateOf(CertificateSigningRequest request)
    {
        List<CertificateSigningRequestCondition> conditions = request.Status?.Conditions ?? [];
        string state = conditions.Exists(c => c.Type == CertificateSigningRequestCondition.Denied) ? "Denied"
            : conditions.Exists(c => c.Type == CertificateSigningRequestCondition.Approved) ? "Approved"
            : "Pending";
        state = conditions.Exists(c => c.Type == CertificateSigningRequestCondition.Failed) ? state + ",Failed" : state;
        return request.Status?.Certificate is { Length: > 0 } ? state + ",Issued" : state;
    }
}
