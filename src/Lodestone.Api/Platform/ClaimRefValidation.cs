using Lodestone.Api.Validation;

namespace Lodestone.Api.Platform;

/// <summary>Validates <see cref="ClaimRef"/>, and that it does not change.</summary>
internal static class ClaimRefValidation
{
    public static void Validate(ClaimRef? claim, FieldPath path, FieldErrorList errors)
    {
        if (claim is null)
        {
            return;
        }

        if (claim.Resource.Length == 0)
        {
            errors.Required(path.Child("resource"), "must specify the resource of the claimer");
        }

        if (claim.Name.Length == 0)
        {
            errors.Required(path.Child("name"), "must specify the name of the claimer");
        }
        else
        {
            errors.Invalid(path.Child("name"), claim.Name, Names.CheckDnsSubdomain(claim.Name));
        }

        if (claim.Uid.Length == 0)
        {
            errors.Required(path.Child("uid"), "must specify the uid of the claimer");
        }
    }

    public static void ValidateChange(ClaimRef? claim, ClaimRef? old, FieldPath path, FieldErrorList errors)
    {
        if (Identity(claim) != Identity(old))
        {
            errors.Invalid(path, claim?.Name, Immutable.Detail);
        }
    }

    private static (string Group, string Resource, string Namespace, string Name, string Uid)? Identity(ClaimRef? claim) =>
        claim is null ? null : (claim.Group, claim.Resource, claim.Namespace ?? "", claim.Name, claim.Uid);
}
