using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.ApiServer;
using Lodestone.Client.Config;
using Lodestone.Client.Http;

namespace Lodestone.Controllers.Tests.Clusters;

/// <summary>A server of ours, with a store of its own.</summary>
internal sealed class EmbeddedCluster : Cluster
{
    private readonly string _directory = Directory.CreateTempSubdirectory("lodestone-controllers-").FullName;
    private readonly LodestoneApiServer _server;

    /// <param name="withServices">Whether Services, EndpointSlices and Nodes are served too, as a cluster does.</param>
    private EmbeddedCluster(bool withServices) => _server = new LodestoneApiServer(
        new LodestoneApiServerOptions { DataDirectory = _directory, AdditionalKinds = withServices ? ResourceDefinitions.OfCluster : [] });

    internal override string Kubeconfig => _server.KubeconfigPath;

    internal override Identity Controllers { get; } = new("lodestone:controller", "lodestone:controllers");

    internal override Identity Agent(string host) => new($"lodestone:agent:{host}", "lodestone:agents");

    /// <summary>The server does the rest.</summary>
    internal override async Task DeleteNamespaceAsync(string name, CancellationToken cancellationToken)
    {
        using var client = new ApiClient(KubeConfig.Load(Kubeconfig));
        await client.DeleteAsync<Namespace>(new ObjectKey("", name), null, cancellationToken);
    }

    public override async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    internal static async Task<EmbeddedCluster> StartAsync(bool withServices, CancellationToken cancellationToken)
    {
        var cluster = new EmbeddedCluster(withServices);
        await cluster._server.StartAsync(cancellationToken);
        return cluster;
    }
}
