using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Certificates;

/// <summary>Rules for <see cref="CertificateSigningRequest"/>. Who asks, and who may write which condition, the server sees to.</summary>
internal sealed class CertificateSigningRequestStrategy : ResourceStrategy<CertificateSigningRequest>
{
    private const int MinSeconds = 600;
    private const int MaxSignerLength = 571;

    protected override bool IsNamespaced => false;

    protected override bool RequiresKnownFinalizers => true;

    public override void PrepareForCreate(CertificateSigningRequest resource, ICollection<string> warnings) =>
        resource.Status = new CertificateSigningRequestStatus();

    public override void PrepareForUpdate(CertificateSigningRequest resource, CertificateSigningRequest old, ICollection<string> warnings) =>
        (resource.Spec, resource.Status) = (old.Spec, old.Status);

    private protected override void KeepDesiredState(CertificateSigningRequest resource, CertificateSigningRequest old) => resource.Spec = old.Spec;

    private protected override void ValidateContent(CertificateSigningRequest resource, FieldErrorList errors)
    {
        CertificateSigningRequestSpec spec = resource.Spec;
        if (!SigningRequest.TryRead(spec.Request, out _, out string? problem))
        {
            errors.Invalid(FieldPath.Spec.Child("request"), "<the request>", problem);
        }

        ValidateUsages(spec.Usages, errors);
        FieldPath signer = FieldPath.Spec.Child("signerName");
        if (spec.SignerName.Length == 0)
        {
            errors.Required(signer);
        }
        else if (SignerProblem(spec.SignerName) is { } wrong)
        {
            errors.Invalid(signer, spec.SignerName, wrong);
        }

        if (spec.ExpirationSeconds is { } seconds and < MinSeconds)
        {
            errors.Invalid(FieldPath.Spec.Child("expirationSeconds"), seconds, "may not specify a duration less than 600 seconds (10 minutes)");
        }
    }

    private protected override void ValidateStatus(CertificateSigningRequest resource, FieldErrorList errors)
    {
        List<CertificateSigningRequestCondition> conditions = resource.Status?.Conditions ?? [];
        FieldPath path = FieldPath.Status.Child("conditions");
        var seen = new HashSet<string>();
        for (int i = 0; i < conditions.Count; i++)
        {
            CertificateSigningRequestCondition condition = conditions[i];
            bool isDecision = condition.Type is CertificateSigningRequestCondition.Approved or CertificateSigningRequestCondition.Denied or CertificateSigningRequestCondition.Failed;
            if (condition.Type.Length == 0)
            {
                errors.Required(path.Index(i).Child("type"));
            }
            else if (!seen.Add(condition.Type))
            {
                errors.Duplicate(path.Index(i).Child("type"), condition.Type);
            }

            string[] allowed = isDecision ? ["True"] : ["True", "False", "Unknown"];
            if (string.IsNullOrEmpty(condition.Status))
            {
                errors.Required(path.Index(i).Child("status"));
            }
            else if (!allowed.Contains(condition.Status))
            {
                errors.NotSupported(path.Index(i).Child("status"), condition.Status, allowed);
            }
        }

        if (seen.Contains(CertificateSigningRequestCondition.Approved) && seen.Contains(CertificateSigningRequestCondition.Denied))
        {
            errors.Invalid(path, CertificateSigningRequestCondition.Denied, "Approved and Denied conditions are mutually exclusive");
        }
    }

    private protected override void ValidateStatusChange(CertificateSigningRequest resource, CertificateSigningRequest old, FieldErrorList errors)
    {
        if (old.Status?.Certificate is { Length: > 0 } issued && !issued.AsSpan().SequenceEqual(resource.Status?.Certificate))
        {
            errors.Forbidden(FieldPath.Status.Child("certificate"), "updates may not set certificate content");
        }

        foreach (CertificateSigningRequestCondition condition in old.Status?.Conditions ?? [])
        {
            if (condition.Type is CertificateSigningRequestCondition.Approved or CertificateSigningRequestCondition.Denied or CertificateSigningRequestCondition.Failed
                && resource.Status?.Conditions?.Exists(c => c.Type == condition.Type) != true)
            {
                errors.Forbidden(FieldPath.Status.Child("conditions"), $"updates may not remove a condition of type {FieldError.Quote(condition.Type)}");
            }
        }
    }

    private static void ValidateUsages(List<string>? usages, FieldErrorList errors)
    {
        FieldPath path = FieldPath.Spec.Child("usages");
        if (usages is null or { Count: 0 })
        {
            errors.Required(path);
            return;
        }

        for (int i = 0; i < usages.Count; i++)
        {
            if (!CertificateUsages.All.Contains(usages[i]))
            {
                errors.NotSupported(path.Index(i), usages[i], CertificateUsages.All);
            }
            else if (usages.IndexOf(usages[i]) < i)
            {
                errors.Duplicate(path.Index(i), usages[i]);
            }
        }
    }

    /// <summary>A domain of at least two parts, a slash, and a path of DNS subdomains.</summary>
    private static string? SignerProblem(string name)
    {
        string[] parts = name.Split('/');
        return parts.Length != 2 ? "must be a fully qualified domain and path of the form 'example.com/signer-name'"
            : !parts[0].Contains('.', StringComparison.Ordinal) ? $"validating label {FieldError.Quote(parts[0])}: should be a domain with at least two segments separated by dots"
            : Names.CheckDnsSubdomain(parts[0]).Concat(Names.CheckDnsSubdomain(parts[1])).FirstOrDefault()
                ?? (name.Length > MaxSignerLength ? $"must be no more than {MaxSignerLength} characters" : null);
    }
}
