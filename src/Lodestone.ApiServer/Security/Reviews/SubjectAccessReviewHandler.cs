using Lodestone.Api.Authorization;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Pipeline;

namespace Lodestone.ApiServer.Security.Reviews;

/// <summary>May they.</summary>
internal sealed class SubjectAccessReviewHandler(IAuthorizer authorizer) : ReviewHandler<SubjectAccessReview>(ReviewDefinitions.SubjectAccessReview)
{
    /// <summary>Every broken rule of a question about somebody.</summary>
    public static List<StatusCause> Validate(SubjectAccessReviewSpec spec)
    {
        List<StatusCause> causes = AccessQuestion.Validate(spec.ResourceAttributes, spec.NonResourceAttributes);
        if (string.IsNullOrEmpty(spec.User) && spec.Groups is not { Count: > 0 })
        {
            causes.Add(Cause("spec.user", "\"\"", "at least one of user or group must be specified"));
        }

        return causes;
    }

    /// <summary>Who is asked about.</summary>
    public static UserInfo UserOf(SubjectAccessReviewSpec spec) => new(spec.User ?? "", spec.Groups ?? [])
    {
        Uid = spec.Uid ?? "",
        Extra = (spec.Extra ?? []).ToDictionary(e => e.Key, e => (IReadOnlyList<string>)e.Value),
    };

    /// <inheritdoc/>
    protected override async Task AnswerAsync(ApiRequest request, SubjectAccessReview review)
    {
        SubjectAccessReviewSpec spec = review.Spec;
        List<StatusCause> causes = Validate(spec);
        if (causes.Count > 0)
        {
            throw Invalid(causes);
        }

        review.Status = await AccessQuestion.AnswerAsync(authorizer, UserOf(spec), spec.ResourceAttributes, spec.NonResourceAttributes, request.Http.RequestAborted);
    }
}
