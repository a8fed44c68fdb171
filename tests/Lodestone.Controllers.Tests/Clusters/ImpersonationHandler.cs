namespace Lodestone.Controllers.Tests.Clusters;

/// <summary>Makes an administrator's requests those of another user.</summary>
internal sealed class ImpersonationHandler(Cluster.Identity identity) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Add("Impersonate-User", identity.User);
        foreach (string group in identity.Groups)
        {
            request.Headers.Add("Impersonate-Group", group);
        }

        return base.SendAsync(request, cancellationToken);
    }
}
