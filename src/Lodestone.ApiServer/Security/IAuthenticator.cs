using Lodestone.ApiServer.Endpoints;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Security;

/// <summary>Tells who makes a request from one kind of credentials.</summary>
internal interface IAuthenticator
{
    /// <summary>The user; null when the request carries none of these credentials.</summary>
    /// <exception cref="ApiException">401, there are such credentials, but they don't count.</exception>
    public ValueTask<UserInfo?> AuthenticateAsync(HttpContext http);
}
