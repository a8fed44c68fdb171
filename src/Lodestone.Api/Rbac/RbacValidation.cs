using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Rbac;

/// <summary>Rules that the kinds of <c>rbac.authorization.k8s.io</c> share (Kubernetes' pkg/apis/rbac/validation).</summary>
internal static class RbacValidation
{
    private const string Group = ResourceDefinitions.RbacGroup;

    /// <summary>Fills in the group of subjects and role that may be left out.</summary>
    public static void Default(List<Subject>? subjects, RoleRef role)
    {
        role.ApiGroup = role.ApiGroup.Length == 0 ? Group : role.ApiGroup;
        foreach (Subject subject in subjects ?? [])
        {
            subject.ApiGroup = string.IsNullOrEmpty(subject.ApiGroup) && subject.Kind is "User" or "Group" ? Group
                : string.IsNullOrEmpty(subject.ApiGroup) ? null
                : subject.ApiGroup;
        }
    }

    /// <summary>Adds every problem of a role's rules.</summary>
    public static void ValidateRules(List<PolicyRule>? rules, bool isNamespaced, FieldErrorList errors)
    {
        for (int i = 0; i < rules?.Count; i++)
        {
            ValidateRule(rules[i], isNamespaced, FieldPath.Root("rules").Index(i), errors);
        }
    }

    /// <summary>Adds every problem of what a binding grants to whom.</summary>
    public static void ValidateBinding(List<Subject>? subjects, RoleRef role, bool isNamespaced, FieldErrorList errors)
    {
        FieldPath path = FieldPath.Root("roleRef");
        if (role.ApiGroup != Group)
        {
            errors.NotSupported(path.Child("apiGroup"), role.ApiGroup, [Group]);
        }

        if (role.Kind != "ClusterRole" && !(isNamespaced && role.Kind == "Role"))
        {
            errors.NotSupportedInOrder(path.Child("kind"), role.Kind, isNamespaced ? ["Role", "ClusterRole"] : ["ClusterRole"]);
        }

        if (role.Name.Length == 0)
        {
            errors.Required(path.Child("name"));
        }
        else
        {
            errors.Invalid(path.Child("name"), role.Name, Names.CheckPathSegment(role.Name));
        }

        for (int i = 0; i < subjects?.Count; i++)
        {
            ValidateSubject(subjects[i], isNamespaced, FieldPath.Root("subjects").Index(i), errors);
        }
    }

    /// <summary>Adds the change of the role a binding grants: whoever may bind one role may not bind every other.</summary>
    public static void ValidateSameRole(RoleRef role, RoleRef old, FieldErrorList errors)
    {
        if ((role.ApiGroup, role.Kind, role.Name) != (old.ApiGroup, old.Kind, old.Name))
        {
            var value = new GoValue(
                $"rbac.RoleRef{{APIGroup:{FieldError.Quote(role.ApiGroup)}, Kind:{FieldError.Quote(role.Kind)}, Name:{FieldError.Quote(role.Name)}}}");
            errors.Invalid(FieldPath.Root("roleRef"), value, "cannot change roleRef");
        }
    }

    private static void ValidateRule(PolicyRule rule, bool isNamespaced, FieldPath path, FieldErrorList errors)
    {
        if (rule.Verbs is not { Count: > 0 })
        {
            errors.Required(path.Child("verbs"), "verbs must contain at least one value");
        }

        if (rule.NonResourceURLs is { Count: > 0 } urls)
        {
            FieldPath child = path.Child("nonResourceURLs");
            var value = new GoValue($"[]string{{{string.Join(", ", urls.Select(FieldError.Quote))}}}");
            if (isNamespaced)
            {
                errors.Invalid(child, value, "namespaced rules cannot apply to non-resource URLs");
            }

            if (rule.ApiGroups is { Count: > 0 } || rule.Resources is { Count: > 0 } || rule.ResourceNames is { Count: > 0 })
            {
                errors.Invalid(child, value, "rules cannot apply to both regular resources and non-resource URLs");
            }

            return;
        }

        if (rule.ApiGroups is not { Count: > 0 })
        {
            errors.Required(path.Child("apiGroups"), "resource rules must supply at least one api group");
        }

        if (rule.Resources is not { Count: > 0 })
        {
            errors.Required(path.Child("resources"), "resource rules must supply at least one resource");
        }
    }

    private static void ValidateSubject(Subject subject, bool isNamespaced, FieldPath path, FieldErrorList errors)
    {
        string group = subject.ApiGroup ?? "";
        if (subject.Name.Length == 0)
        {
            errors.Required(path.Child("name"));
        }

        switch (subject.Kind)
        {
            case "ServiceAccount":
                if (subject.Name.Length > 0)
                {
                    errors.Invalid(path.Child("name"), subject.Name, Names.CheckDnsSubdomain(subject.Name));
                }

                if (group.Length > 0)
                {
                    errors.NotSupported(path.Child("apiGroup"), group, [""]);
                }

                if (!isNamespaced && string.IsNullOrEmpty(subject.Namespace))
                {
                    errors.Required(path.Child("namespace"));
                }

                break;
            case "User" or "Group":
                if (group != Group)
                {
                    errors.NotSupported(path.Child("apiGroup"), group, [Group]);
                }

                break;
            default:
                errors.NotSupportedInOrder(path.Child("kind"), subject.Kind, ["ServiceAccount", "User", "Group"]);
                break;
        }
    }
}
