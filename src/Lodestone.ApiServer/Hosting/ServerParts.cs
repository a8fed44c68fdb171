using Lodestone.ApiServer.Admission;
using Lodestone.ApiServer.Pipeline;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Security;
using Lodestone.ApiServer.Security.Tokens;

namespace Lodestone.ApiServer.Hosting;

/// <summary>What differs between a server that is the cluster and one that serves behind another; the rest of a request's way is the same.</summary>
internal sealed record ServerParts
{
    /// <summary>The kinds that are served.</summary>
    public required ResourceCatalog Catalog { get; init; }

    /// <summary>The certificate that is shown.</summary>
    public required IServingCertificate Certificate { get; init; }

    /// <summary>Who somebody is.</summary>
    public required IAuthenticator Authenticator { get; init; }

    /// <summary>What they may do.</summary>
    public required IAuthorizer Authorizer { get; init; }

    /// <summary>Rules of writes.</summary>
    public required IAdmission Admission { get; init; }

    /// <summary>Resources and subresources that are not simply stored.</summary>
    public IReadOnlyDictionary<(string Group, string Resource, string Subresource), IRequestHandler> Handlers { get; init; } =
        new Dictionary<(string, string, string), IRequestHandler>();

    /// <summary>How service account tokens are checked; null where another server issues them.</summary>
    public OpenIdEndpoint? OpenId { get; init; }

    /// <summary>What must be so before requests are taken.</summary>
    public IReadOnlyList<IReadinessCheck> Checks { get; init; } = [];

    /// <summary>What runs beside the requests until it is cancelled.</summary>
    public IReadOnlyList<Func<CancellationToken, Task>> Background { get; init; } = [];
}
