using Lodestone.Api.Authorization;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Pipeline;

namespace Lodestone.ApiServer.Security.Reviews;

/// <summary>May I.</summary>
internal sealed class SelfSubjectAccessReviewHandler(IAuthorizer authorizer) : ReviewHandler<SelfSubjectAccessReview>(ReviewDefinitions.SelfSubjectAccessReview)
{
    /// <inheritdoc/>
    protected override async Task AnswerAsync(ApiRequest request, SelfSubjectAccessReview review)
    {
        SelfSubjectAccessReviewSpec spec = review.Spec;
        List<StatusCause> causes = AccessQuestion.Validate(spec.ResourceAttributes, spec.NonResourceAttributes);
        if (causes.Count > 0)
        {
            throw Invalid(causes);
        }

        review.Status = await AccessQuestion.AnswerAsync(authorizer, request.User, spec.ResourceAttributes, spec.NonResourceAttributes, request.Http.RequestAborted);
    }
}
