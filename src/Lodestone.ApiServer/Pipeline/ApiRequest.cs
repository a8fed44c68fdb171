using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Security;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Pipeline;

/// <summary>One request on its way through the filters.</summary>
internal sealed class ApiRequest(HttpContext http, RequestInfo info, string auditId)
{
    /// <summary>Request and answer.</summary>
    public HttpContext Http { get; } = http;

    /// <summary>What it wants.</summary>
    public RequestInfo Info { get; } = info;

    /// <summary>Its number in audit log, log and answer.</summary>
    public string AuditId { get; } = auditId;

    /// <summary>Who wants it; <see cref="UserInfo.Anonymous"/> until authentication has found out.</summary>
    public UserInfo User { get; set; } = UserInfo.Anonymous;

    /// <summary>Who showed the credentials, when that is not <see cref="User"/> but somebody who impersonates them; else null.</summary>
    public UserInfo? Impersonator { get; set; }

    /// <summary>What authorization said; null before it was asked.</summary>
    public AuthorizationDecision? Decision { get; set; }

    /// <summary>The path without a slash at its end.</summary>
    public string Path => Info.Path.Length > 1 ? Info.Path.TrimEnd('/') : Info.Path;
}
