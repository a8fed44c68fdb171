using Lodestone.Api.Authentication;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.Api.Validation;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Pipeline;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Security.Reviews;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Security.Tokens;

/// <summary><c>serviceaccounts/NAME/token</c>: a token for a service account.</summary>
internal sealed class TokenRequestHandler(ServiceAccountTokens tokens, ResourceCatalog catalog, TimeProvider time)
    : ReviewHandler<TokenRequest>(ReviewDefinitions.TokenRequest, pathVersion: "v1")
{
    private const long DefaultSeconds = 3600;
    private const long MinSeconds = 600;
    private const long MaxSeconds = 1L << 32;

    /// <inheritdoc/>
    protected override Task AnswerAsync(ApiRequest request, TokenRequest review)
    {
        (string ns, string name) = (request.Info.Namespace, request.Info.Name);
        TokenRequestSpec spec = review.Spec;
        CheckIdentity(review.Metadata, ns, name);
        StoredObject account = catalog.Registry(ResourceDefinitions.ServiceAccount).Get(ns, name);
        spec.Audiences = spec.Audiences is { Count: > 0 } audiences ? audiences : [.. ServiceAccountTokens.Audiences];
        spec.ExpirationSeconds ??= DefaultSeconds;
        if (spec.ExpirationSeconds is < MinSeconds or > MaxSeconds)
        {
            string why = spec.ExpirationSeconds < MinSeconds ? "may not specify a duration less than 10 minutes" : "may not specify a duration larger than 2^32 seconds";
            throw Invalid([Cause("spec.expirationSeconds", FormattableString.Invariant($"{spec.ExpirationSeconds}"), why)], name);
        }

        StoredObject? secret = spec.BoundObjectRef is { } reference ? Bound(reference, ns) : null;
        (string token, DateTimeOffset expires) = tokens.Issue(account, secret, spec.Audiences, TimeSpan.FromSeconds(spec.ExpirationSeconds.Value));
        review.Metadata = new ObjectMeta
        {
            Name = name,
            Namespace = ns,
            CreationTimestamp = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds()),
        };
        review.Status = new TokenRequestStatus { Token = token, ExpirationTimestamp = expires };
        return Task.CompletedTask;
    }

    private void CheckIdentity(ObjectMeta metadata, string ns, string name)
    {
        if (!string.IsNullOrEmpty(metadata.Name) && metadata.Name != name)
        {
            throw Invalid([Cause("metadata.name", FieldError.Quote(metadata.Name), "must match the service account name if specified")], name);
        }

        if (!string.IsNullOrEmpty(metadata.Namespace) && metadata.Namespace != ns)
        {
            throw Invalid([Cause("metadata.namespace", FieldError.Quote(metadata.Namespace), "must match the service account namespace if specified")], name);
        }
    }

    /// <summary>The Secret a token is bound to; nothing else that tokens may be bound to is served.</summary>
    private StoredObject Bound(BoundObjectReference reference, string ns)
    {
        if (reference is not { Kind: "Secret", ApiVersion: "v1" })
        {
            (string group, string version) = reference.ApiVersion?.IndexOf('/', StringComparison.Ordinal) is > 0 and int slash
                ? (reference.ApiVersion[..slash], reference.ApiVersion[(slash + 1)..])
                : ("", reference.ApiVersion ?? "");
            throw ApiErrors.BadRequest($"cannot bind token to object of type {group}/{version}, Kind={reference.Kind}");
        }

        StoredObject secret = catalog.Registry(ResourceDefinitions.Secret).Get(ns, reference.Name ?? "");
        return string.IsNullOrEmpty(reference.Uid) || reference.Uid == secret.Summary.Uid
            ? secret
            : throw ApiErrors.Conflict(
                ResourceDefinitions.Secret,
                secret.Summary.Name,
                $"the UID in the bound object reference ({reference.Uid}) does not match the UID in record. The object might have been deleted and then recreated");
    }
}
