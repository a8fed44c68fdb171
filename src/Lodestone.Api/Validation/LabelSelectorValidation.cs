using Lodestone.Api.Meta;

namespace Lodestone.Api.Validation;

/// <summary>Validates label selectors as Kubernetes does.</summary>
public static class LabelSelectorValidation
{
    /// <summary>Adds every problem of a selector to <paramref name="errors"/>. No selector has no problem.</summary>
    public static void Validate(LabelSelector? selector, FieldPath path, FieldErrorList errors)
    {
        if (selector is null)
        {
            return;
        }

        MetadataValidation.ValidateLabels(selector.MatchLabels, path.Child("matchLabels"), errors);
        for (int i = 0; i < selector.MatchExpressions?.Count; i++)
        {
            Validate(selector.MatchExpressions[i], path.Child("matchExpressions").Index(i), errors);
        }
    }

    private static void Validate(LabelSelectorRequirement requirement, FieldPath path, FieldErrorList errors)
    {
        switch (requirement.Operator)
        {
            case "In" or "NotIn" when requirement.Values is not { Count: > 0 }:
                errors.Required(path.Child("values"), "must be specified when `operator` is 'In' or 'NotIn'");
                break;
            case "In" or "NotIn":
                break;
            case "Exists" or "DoesNotExist":
                if (requirement.Values is { Count: > 0 })
                {
                    errors.Forbidden(path.Child("values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                }

                break;
            default:
                errors.Invalid(path.Child("operator"), requirement.Operator, "not a valid selector operator");
                break;
        }

        errors.Invalid(path.Child("key"), requirement.Key, Names.CheckQualifiedName(requirement.Key));
        for (int i = 0; i < requirement.Values?.Count; i++)
        {
            errors.Invalid(path.Child("values").Index(i), requirement.Values[i], Names.CheckLabelValue(requirement.Values[i]));
        }
    }
}
