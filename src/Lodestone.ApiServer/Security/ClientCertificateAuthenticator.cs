using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using Lodestone.ApiServer.Endpoints;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Security;

/// <summary>Client certificates: CN is the user, O the groups. Read once per connection; that it has not ended is looked at every time.</summary>
internal sealed class ClientCertificateAuthenticator(X509Certificate2 authority, TimeProvider time) : IAuthenticator
{
    private readonly ConditionalWeakTable<X509Certificate2, Known> _known = [];

    /// <inheritdoc/>
    public async ValueTask<UserInfo?> AuthenticateAsync(HttpContext http)
    {
        X509Certificate2? certificate = http.Connection.ClientCertificate ?? await http.Connection.GetClientCertificateAsync(http.RequestAborted);
        if (certificate is null)
        {
            return null;
        }

        DateTimeOffset now = time.GetUtcNow();
        if (!_known.TryGetValue(certificate, out Known? known))
        {
            UserInfo user = Pki.Authenticate(certificate, authority, now) ?? throw ApiErrors.Unauthorized();
            known = new Known(user, certificate.NotAfter.ToUniversalTime());
            _known.AddOrUpdate(certificate, known);
        }

        return now.UtcDateTime <= known.NotAfter ? known.User : throw ApiErrors.Unauthorized();
    }

    private sealed record Known(UserInfo User, DateTime NotAfter);
}
