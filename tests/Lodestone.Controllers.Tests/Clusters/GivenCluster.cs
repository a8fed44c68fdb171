namespace Lodestone.Controllers.Tests.Clusters;

/// <summary>Somebody's cluster. It keeps our definitions and roles; no pod is started there.</summary>
internal sealed class GivenCluster : IRunningCluster
{
    private GivenCluster(string kubeconfig) => Kubeconfig = kubeconfig;

    public string Kubeconfig { get; }

    public ValueTask DisposeAsync() => default;

    internal static async Task<GivenCluster> OpenAsync(string kubeconfig)
    {
        await Installer.ApplyAsync(kubeconfig, "crds");
        await Installer.ApplyAsync(kubeconfig, "controller", withoutPods: true);
        return new GivenCluster(kubeconfig);
    }
}
