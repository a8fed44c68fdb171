using Lodestone.Api.Authorization;
using Lodestone.Api.Rbac;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Pipeline;
using Lodestone.ApiServer.Security.Rbac;

namespace Lodestone.ApiServer.Security.Reviews;

/// <summary>What may I do here.</summary>
/// <remarks>As in Kubernetes, what roles grant; that agents are kept to less is not told here.</remarks>
internal sealed class SelfSubjectRulesReviewHandler(RbacIndex index) : ReviewHandler<SelfSubjectRulesReview>(ReviewDefinitions.SelfSubjectRulesReview)
{
    /// <inheritdoc/>
    protected override Task AnswerAsync(ApiRequest request, SelfSubjectRulesReview review)
    {
        if (string.IsNullOrEmpty(review.Spec.Namespace))
        {
            throw ApiErrors.BadRequest("no namespace on request");
        }

        (List<PolicyRule> rules, string error) = index.RulesFor(request.User, review.Spec.Namespace);
        var status = new SubjectRulesReviewStatus { EvaluationError = error.Length == 0 ? null : error };
        foreach (PolicyRule rule in rules)
        {
            if (rule.Resources is { Count: > 0 })
            {
                status.ResourceRules.Add(new ResourceRule
                {
                    Verbs = rule.Verbs ?? [],
                    ApiGroups = rule.ApiGroups,
                    Resources = rule.Resources,
                    ResourceNames = rule.ResourceNames is { Count: > 0 } names ? names : null,
                });
            }

            if (rule.NonResourceURLs is { Count: > 0 })
            {
                status.NonResourceRules.Add(new NonResourceRule { Verbs = rule.Verbs ?? [], NonResourceURLs = rule.NonResourceURLs });
            }
        }

        review.Status = status;
        return Task.CompletedTask;
    }
}
