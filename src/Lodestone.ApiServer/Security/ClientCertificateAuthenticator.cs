using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using Lodestone.ApiServer.Endpoints;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Security;

/// <summary>Client certificates: CN is the user, O the groups; checked once per connection.</summary>
internal sealed class ClientCertificateAuthenticator(X509Certificate2 authority, TimeProvider time) : IAuthenticator
{
    private readonly ConditionalWeakTable<X509Certificate2, UserInfo> _known = [];

    /// <inheritdoc/>
    public async ValueTask<UserInfo?> AuthenticateAsync(HttpContext http)
    {
        X509Certificate2? certificate = http.Connection.ClientCertificate ?? await http.Connection.GetClientCertificateAsync(http.RequestAborted);
        if (certificate is null)
        {
            return null;
        }

        if (!_known.TryGetValue(certificate, out UserInfo? user))
        {
            user = Pki.Authenticate(certificate, authority, time.GetUtcNow()) ?? throw ApiErrors.Unauthorized();
            _known.AddOrUpdate(certificate, user);
        }

        return user;
    }
}
