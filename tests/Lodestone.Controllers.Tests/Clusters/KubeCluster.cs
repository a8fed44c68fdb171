using Lodestone.TestKit.Kubernetes;

namespace Lodestone.Controllers.Tests.Clusters;

/// <summary>A real kube-apiserver 1.20 that keeps our objects by our definitions. Nobody else is there: no pod runs, nothing but our controllers collects garbage.</summary>
internal sealed class KubeCluster : IRunningCluster
{
    private readonly KubeApiServer _server;

    private KubeCluster(KubeApiServer server) => _server = server;

    public string Kubeconfig => _server.Kubeconfig;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    internal static async Task<KubeCluster> StartAsync()
    {
        KubeApiServer server = await KubeApiServer.StartAsync();
        await Installer.ApplyAsync(server.Kubeconfig, "all", "--kubernetes", "1.20");
        return new KubeCluster(server);
    }
}
