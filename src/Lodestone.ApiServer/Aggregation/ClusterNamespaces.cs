using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Hosting;
using Lodestone.ApiServer.Registry;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Microsoft.Extensions.Logging;

namespace Lodestone.ApiServer.Aggregation;

/// <summary>The cluster's namespaces, as an informer knows them. What it doesn't know, or knows as terminating, is looked up: it may be behind.</summary>
/// <remarks>Our objects in a namespace that is deleted are deleted by the cluster's namespace controller, through this server.</remarks>
internal sealed class ClusterNamespaces(ApiClient client, TimeProvider time, ILoggerFactory loggers) : INamespaceGate, IReadinessCheck
{
    private readonly SharedInformer<Namespace> _informer =
        new(client, new InformerOptions { MaxBackoff = TimeSpan.FromSeconds(5) }, loggers.CreateLogger<SharedInformer<Namespace>>(), time);

    /// <inheritdoc/>
    public string Name => "namespaces";

    /// <inheritdoc/>
    public string? Problem => _informer.HasSynced ? null : _informer.Failure ?? "the cluster has not answered yet";

    /// <inheritdoc/>
    public string PublicProblem => "the cluster's namespaces can't be listed yet; the log says why";

    /// <summary>Completes when all are known.</summary>
    public Task Loaded => _informer.WaitForSyncAsync();

    /// <summary>Follows the cluster until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => _informer.RunAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask RequireAsync(ResourceDefinition resource, string? name, string ns)
    {
        var key = new ObjectKey("", ns);
        if (_informer.TryGet(key, out Namespace? known) && !IsTerminating(known))
        {
            return;
        }

        Namespace? found;
        try
        {
            found = await client.TryGetAsync<Namespace>(key);
        }
        catch (Exception exception) when (exception is Client.Http.ApiException or HttpRequestException or TimeoutException)
        {
            throw ApiErrors.ServiceUnavailable($"the cluster doesn't tell about namespace \"{ns}\": {exception.Message}");
        }

        if (found is null)
        {
            throw ApiErrors.NotFound(ResourceDefinitions.Namespace, ns);
        }

        if (IsTerminating(found))
        {
            throw ApiErrors.NamespaceTerminating(resource, name, ns);
        }
    }

    private static bool IsTerminating(Namespace ns) => ns.Metadata.DeletionTimestamp is not null || ns.Status?.Phase == "Terminating";
}
