using Lodestone.Api.Authentication;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Pipeline;
using Lodestone.ApiServer.Security.Tokens;

namespace Lodestone.ApiServer.Security.Reviews;

/// <summary>Whose is this token.</summary>
internal sealed class TokenReviewHandler(ServiceAccountTokens tokens) : ReviewHandler<TokenReview>(ReviewDefinitions.TokenReview)
{
    /// <inheritdoc/>
    protected override Task AnswerAsync(ApiRequest request, TokenReview review)
    {
        if (string.IsNullOrEmpty(review.Spec.Token))
        {
            throw ApiErrors.BadRequest("token is required for TokenReview in authentication");
        }

        TokenAnswer answer = tokens.Review(review.Spec.Token, review.Spec.Audiences is { Count: > 0 } audiences ? audiences : ServiceAccountTokens.Audiences);
        review.Status = answer.User is null
            ? new TokenReviewStatus { Error = answer.Error }
            : new TokenReviewStatus { Authenticated = true, User = SelfSubjectReviewHandler.Describe(answer.User), Audiences = [.. answer.Audiences] };
        return Task.CompletedTask;
    }
}
