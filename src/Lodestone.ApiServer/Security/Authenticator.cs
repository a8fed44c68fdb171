using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using Lodestone.ApiServer.Endpoints;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Security;

/// <summary>Finds out who makes a request: by client certificate, once per connection.</summary>
internal sealed class Authenticator(X509Certificate2 authority, TimeProvider time)
{
    private readonly ConditionalWeakTable<X509Certificate2, UserInfo> _known = [];

    /// <summary>The user; <see cref="UserInfo.Anonymous"/> without credentials.</summary>
    /// <exception cref="ApiException">401, there are credentials, but not of ours.</exception>
    public async ValueTask<UserInfo> AuthenticateAsync(HttpContext http)
    {
        X509Certificate2? certificate = http.Connection.ClientCertificate ?? await http.Connection.GetClientCertificateAsync(http.RequestAborted);
        if (certificate is null)
        {
            return http.Request.Headers.Authorization.Count > 0 ? throw ApiErrors.Unauthorized() : UserInfo.Anonymous;
        }

        if (!_known.TryGetValue(certificate, out UserInfo? user))
        {
            user = Pki.Authenticate(certificate, authority, time.GetUtcNow()) ?? throw ApiErrors.Unauthorized();
            _known.AddOrUpdate(certificate, user);
        }

        return user;
    }
}
