using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Rbac;

/// <summary>Rules for <see cref="ClusterRole"/>.</summary>
internal sealed class ClusterRoleStrategy : ResourceStrategy<ClusterRole>
{
    protected override bool IsNamespaced => false;

    protected override bool RequiresKnownFinalizers => true;

    protected override IEnumerable<string> CheckName(string name) => Names.CheckPathSegment(name);

    private protected override void KeepDesiredState(ClusterRole resource, ClusterRole old)
    {
        resource.Rules = old.Rules;
        resource.AggregationRule = old.AggregationRule;
    }

    private protected override void ValidateContent(ClusterRole resource, FieldErrorList errors)
    {
        RbacValidation.ValidateRules(resource.Rules, isNamespaced: false, errors);
        FieldPath selectors = FieldPath.Root("aggregationRule").Child("clusterRoleSelectors");
        if (resource.AggregationRule is { ClusterRoleSelectors: not { Count: > 0 } })
        {
            errors.Required(selectors, "at least one clusterRoleSelector required if aggregationRule is non-nil");
        }

        for (int i = 0; i < resource.AggregationRule?.ClusterRoleSelectors?.Count; i++)
        {
            LabelSelectorValidation.Validate(resource.AggregationRule.ClusterRoleSelectors[i], selectors.Index(i), errors);
        }
    }
}
