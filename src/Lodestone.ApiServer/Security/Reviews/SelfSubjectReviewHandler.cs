using Lodestone.Api.Authentication;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Pipeline;

namespace Lodestone.ApiServer.Security.Reviews;

/// <summary>Who am I. <c>kubectl auth whoami</c> 1.27 asks for v1beta1.</summary>
internal sealed class SelfSubjectReviewHandler(TimeProvider time)
    : ReviewHandler<SelfSubjectReview>(ReviewDefinitions.SelfSubjectReview, betaVersion: "v1beta1")
{
    /// <summary>A user as reviews write it.</summary>
    public static Api.Authentication.UserInfo Describe(UserInfo user) => new()
    {
        Username = user.Name,
        Uid = user.Uid.Length == 0 ? null : user.Uid,
        Groups = [.. user.Groups],
        Extra = user.Extra.Count == 0 ? null : user.Extra.ToDictionary(e => e.Key, e => e.Value.ToList()),
    };

    /// <inheritdoc/>
    protected override Task AnswerAsync(ApiRequest request, SelfSubjectReview review)
    {
        review.Metadata = new() { CreationTimestamp = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds()) };
        review.Status = new SelfSubjectReviewStatus { UserInfo = Describe(request.User) };
        return Task.CompletedTask;
    }
}
