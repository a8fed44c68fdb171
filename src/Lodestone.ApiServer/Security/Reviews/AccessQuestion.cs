using Lodestone.Api.Authorization;
using Lodestone.Api.Meta;
using Lodestone.ApiServer.Endpoints;

namespace Lodestone.ApiServer.Security.Reviews;

/// <summary>What the three access reviews have in common: a request that is not made, but asked about.</summary>
internal static class AccessQuestion
{
    /// <summary>Every broken rule of a question.</summary>
    public static List<StatusCause> Validate(ResourceAttributes? resource, NonResourceAttributes? path)
    {
        var causes = new List<StatusCause>();
        if (resource is not null && path is not null)
        {
            causes.Add(Cause("spec.nonResourceAttributes", Value(path), "cannot be specified in combination with resourceAttributes"));
        }

        if (resource is null && path is null)
        {
            causes.Add(Cause("spec.resourceAttributes", "null", "exactly one of nonResourceAttributes or resourceAttributes must be specified"));
        }

        return causes;
    }

    /// <summary>The request that is asked about.</summary>
    public static RequestInfo RequestOf(ResourceAttributes? resource, NonResourceAttributes? path) => resource is null
        ? new RequestInfo { Verb = path?.Verb ?? "", Path = path?.Path ?? "" }
        : new RequestInfo
        {
            Verb = resource.Verb ?? "",
            Path = "",
            IsResource = true,
            Group = resource.Group ?? "",
            Version = resource.Version ?? "",
            Namespace = resource.Namespace ?? "",
            Resource = resource.Resource ?? "",
            Subresource = resource.Subresource ?? "",
            Name = resource.Name ?? "",
        };

    /// <summary>The answer.</summary>
    public static async Task<SubjectAccessReviewStatus> AnswerAsync(
        IAuthorizer authorizer, UserInfo user, ResourceAttributes? resource, NonResourceAttributes? path, CancellationToken cancellationToken)
    {
        AuthorizationDecision decision = await authorizer.AuthorizeAsync(user, RequestOf(resource, path), cancellationToken);
        return new SubjectAccessReviewStatus { Allowed = decision.IsAllowed, Reason = decision.Reason.Length == 0 ? null : decision.Reason };
    }

    /// <summary>Attributes as Go prints them.</summary>
    public static string Value(NonResourceAttributes path) =>
        $"authorization.NonResourceAttributes{{Path:{Api.Validation.FieldError.Quote(path.Path ?? "")}, Verb:{Api.Validation.FieldError.Quote(path.Verb ?? "")}}}";

    private static StatusCause Cause(string field, string value, string why) =>
        new() { Reason = "FieldValueInvalid", Field = field, Message = $"Invalid value: {value}: {why}" };
}
