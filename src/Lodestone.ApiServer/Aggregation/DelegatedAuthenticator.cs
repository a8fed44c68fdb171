using System.Security.Cryptography.X509Certificates;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Security;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Aggregation;

/// <summary>Who makes a request, as the cluster sees it: the front proxy's word, a client certificate, or a token.</summary>
/// <remarks>
/// <list type="number">
/// <item>The connection's certificate is the front proxy's: the user is who the headers name. From anybody else these headers mean nothing.</item>
/// <item>It is one of the cluster's clients': CN is the user, O the groups.</item>
/// <item>A bearer token: the cluster is asked.</item>
/// </list>
/// A certificate that nobody knows, with nothing better beside it, is a 401, not an anonymous request.
/// </remarks>
internal sealed class DelegatedAuthenticator(AuthenticationConfigSource source, TokenReviewer tokens, TimeProvider time) : IAuthenticator
{
    private const string Scheme = "Bearer ";

    /// <inheritdoc/>
    public async ValueTask<UserInfo?> AuthenticateAsync(HttpContext http)
    {
        X509Certificate2? certificate = http.Connection.ClientCertificate ?? await http.Connection.GetClientCertificateAsync(http.RequestAborted);
        AuthenticationConfig? config = source.Current;
        UserInfo? user = certificate is null ? null : ByCertificate(http, certificate, config);
        config?.FrontProxy?.Strip(http.Request.Headers);
        if (user is null && BearerToken(http.Request) is { } token)
        {
            user = await tokens.ReviewAsync(token, http.RequestAborted) ?? throw ApiErrors.Unauthorized();
        }

        if (user is null && certificate is not null && !PublicPaths.Contains(http.Request.Path.Value ?? ""))
        {
            throw config is null ? ApiErrors.ServiceUnavailable($"client certificates can't be verified yet: {source.Problem}") : ApiErrors.Unauthorized();
        }

        return user is null ? null : WithGroup(user);
    }

    private UserInfo? ByCertificate(HttpContext http, X509Certificate2 certificate, AuthenticationConfig? config)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (config?.FrontProxy is { } proxy && proxy.Is(certificate, now) && proxy.UserOf(http.Request.Headers) is { } user)
        {
            return user;
        }

        return config?.Clients?.Verifies(certificate, now) == true ? CertificateSubject.Of(certificate) : null;
    }

    private static string? BearerToken(HttpRequest request) =>
        request.Headers.Authorization is [{ } value, ..]
        && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && value[Scheme.Length..].Trim() is { Length: > 0 } token
            ? token
            : null;

    /// <summary>Who is somebody is in the group of all who are.</summary>
    private static UserInfo WithGroup(UserInfo user) =>
        user.Name == UserInfo.AnonymousName || user.IsIn(UserInfo.Authenticated) || user.IsIn(UserInfo.Unauthenticated)
            ? user
            : user with { Groups = [.. user.Groups, UserInfo.Authenticated] };
}
