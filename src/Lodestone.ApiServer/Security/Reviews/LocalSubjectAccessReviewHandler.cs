using Lodestone.Api.Authorization;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.Api.Validation;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Pipeline;

namespace Lodestone.ApiServer.Security.Reviews;

/// <summary>May they, in this namespace.</summary>
internal sealed class LocalSubjectAccessReviewHandler(IAuthorizer authorizer) : ReviewHandler<LocalSubjectAccessReview>(ReviewDefinitions.LocalSubjectAccessReview)
{
    /// <inheritdoc/>
    protected override async Task AnswerAsync(ApiRequest request, LocalSubjectAccessReview review)
    {
        string ns = request.Info.Namespace;
        if (!string.IsNullOrEmpty(review.Metadata.Namespace) && review.Metadata.Namespace != ns)
        {
            throw ApiErrors.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }

        review.Metadata.Namespace = ns;
        SubjectAccessReviewSpec spec = review.Spec;
        List<StatusCause> causes = SubjectAccessReviewHandler.Validate(spec);
        if (spec.ResourceAttributes is { } resource && (resource.Namespace ?? "") != ns)
        {
            causes.Add(Cause("spec.resourceAttributes.namespace", FieldError.Quote(resource.Namespace ?? ""), "must match metadata.namespace"));
        }

        if (spec.NonResourceAttributes is { } path)
        {
            causes.Add(Cause("spec.nonResourceAttributes", AccessQuestion.Value(path), "disallowed on this kind of request"));
        }

        if (causes.Count > 0)
        {
            throw Invalid(causes);
        }

        review.Status = await AccessQuestion.AnswerAsync(authorizer, SubjectAccessReviewHandler.UserOf(spec), spec.ResourceAttributes, null, request.Http.RequestAborted);
    }
}
