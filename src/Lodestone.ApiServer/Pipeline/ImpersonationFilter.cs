using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Lodestone.ApiServer.Pipeline;

/// <summary>Lets who may impersonate be somebody else: headers <c>Impersonate-User</c>, <c>-Group</c>, <c>-Uid</c>, <c>-Extra-*</c> (<c>kubectl --as</c>).</summary>
internal sealed class ImpersonationFilter(IAuthorizer authorizer) : IRequestFilter
{
    private const string UserHeader = "Impersonate-User";
    private const string GroupHeader = "Impersonate-Group";
    private const string UidHeader = "Impersonate-Uid";
    private const string ExtraPrefix = "Impersonate-Extra-";
    private const string AuthenticationGroup = "authentication.k8s.io";

    /// <inheritdoc/>
    /// <exception cref="ApiException">403, or 400 for headers that say no user.</exception>
    public async Task InvokeAsync(ApiRequest request, Func<ApiRequest, Task> next)
    {
        if (HasAny(request.Http.Request.Headers))
        {
            request.Impersonator = request.User;
            request.User = await ImpersonateAsync(request);
        }

        await next(request);
    }

    private static bool HasAny(IHeaderDictionary headers)
    {
        foreach (KeyValuePair<string, StringValues> header in headers)
        {
            if (header.Key.Equals(UserHeader, StringComparison.OrdinalIgnoreCase)
                || header.Key.Equals(GroupHeader, StringComparison.OrdinalIgnoreCase)
                || header.Key.Equals(UidHeader, StringComparison.OrdinalIgnoreCase)
                || header.Key.StartsWith(ExtraPrefix, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private async Task<UserInfo> ImpersonateAsync(ApiRequest request)
    {
        IHeaderDictionary headers = request.Http.Request.Headers;
        string name = headers[UserHeader].ToString();
        string[] groups = [.. headers[GroupHeader].Select(g => g ?? "")];
        string uid = headers[UidHeader].ToString();
        (string Key, string Value)[] extra =
        [
            .. headers.Where(h => h.Key.StartsWith(ExtraPrefix, StringComparison.OrdinalIgnoreCase))
                .SelectMany(h => h.Value.Select(v => (Uri.UnescapeDataString(h.Key[ExtraPrefix.Length..].ToLowerInvariant()), v ?? ""))),
        ];
        if (name.Length == 0)
        {
            throw ApiErrors.BadRequest($"requested [{string.Join(' ', groups.Concat(extra.Select(e => e.Key)))}] without impersonating a user: {UserHeader} is missing");
        }

        if (AccountOf(name) is { } account)
        {
            await RequireAsync(request, "", "serviceaccounts", account.Name, ns: account.Namespace);
            groups = groups.Length > 0 ? groups : [UserInfo.ServiceAccounts, $"{UserInfo.ServiceAccounts}:{account.Namespace}"];
        }
        else
        {
            await RequireAsync(request, "", "users", name);
        }

        foreach (string group in headers[GroupHeader].Select(g => g ?? ""))
        {
            await RequireAsync(request, "", "groups", group);
        }

        foreach ((string key, string value) in extra)
        {
            await RequireAsync(request, AuthenticationGroup, "userextras", value, subresource: key);
        }

        if (uid.Length > 0)
        {
            await RequireAsync(request, AuthenticationGroup, "uids", uid);
        }

        string everybody = name == UserInfo.AnonymousName ? UserInfo.Unauthenticated : UserInfo.Authenticated;
        return new UserInfo(name, groups.Contains(UserInfo.Authenticated) || groups.Contains(UserInfo.Unauthenticated) ? groups : [.. groups, everybody])
        {
            Uid = uid,
            Extra = extra.GroupBy(e => e.Key).ToDictionary(g => g.Key, g => (IReadOnlyList<string>)[.. g.Select(e => e.Value)]),
        };
    }

    private async Task RequireAsync(ApiRequest request, string group, string resource, string name, string subresource = "", string ns = "")
    {
        var wanted = new RequestInfo
        {
            Verb = "impersonate",
            Path = request.Info.Path,
            IsResource = true,
            Group = group,
            Version = group.Length == 0 ? "" : "v1",
            Resource = resource,
            Subresource = subresource,
            Name = name,
            Namespace = ns,
        };
        AuthorizationDecision decision = await authorizer.AuthorizeAsync(request.Impersonator!, wanted, request.Http.RequestAborted);
        if (!decision.IsAllowed)
        {
            throw ApiErrors.Forbidden(request.Impersonator!, wanted, decision.Reason);
        }
    }

    private static (string Namespace, string Name)? AccountOf(string user)
    {
        string[] parts = user.StartsWith(UserInfo.ServiceAccountPrefix, StringComparison.Ordinal) ? user[UserInfo.ServiceAccountPrefix.Length..].Split(':') : [];
        return parts is [{ Length: > 0 } ns, { Length: > 0 } name] ? (ns, name) : null;
    }
}
