using Lodestone.Api.Certificates;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Request = Lodestone.Api.Certificates.CertificateSigningRequest;

namespace Lodestone.ApiServer.Registry.CertificateSigningRequest;

/// <summary>Who approves does not sign, who signs does not approve: each changes its own part of the status.</summary>
internal sealed class CertificateSigningRequestStrategy(TimeProvider time) : ObjectStrategy(ResourceDefinitions.CertificateSigningRequest)
{
    /// <inheritdoc/>
    public override void PrepareForStatus(KubernetesObject value, KubernetesObject old, bool isApproval)
    {
        CertificateSigningRequestStatus before = ((Request)old).Status ?? new();
        CertificateSigningRequestStatus after = ((Request)value).Status ??= new();
        if (isApproval)
        {
            after.Certificate = before.Certificate;
        }
        else
        {
            List<CertificateSigningRequestCondition> conditions = [.. (before.Conditions ?? []).Where(IsDecision), .. (after.Conditions ?? []).Where(c => !IsDecision(c))];
            after.Conditions = conditions.Count == 0 ? null : conditions;
        }

        SetTimes(after.Conditions ?? [], before.Conditions ?? []);
    }

    private static bool IsDecision(CertificateSigningRequestCondition condition) =>
        condition.Type is CertificateSigningRequestCondition.Approved or CertificateSigningRequestCondition.Denied;

    private void SetTimes(List<CertificateSigningRequestCondition> conditions, List<CertificateSigningRequestCondition> before)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());
        foreach (CertificateSigningRequestCondition condition in conditions)
        {
            condition.LastUpdateTime ??= now;
            condition.LastTransitionTime ??= before.Find(c => c.Type == condition.Type && c.Status == condition.Status)?.LastTransitionTime ?? now;
        }
    }
}
