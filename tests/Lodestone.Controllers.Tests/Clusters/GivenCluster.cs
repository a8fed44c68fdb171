using System.Text.Json.Nodes;
using Lodestone.Client.Config;

namespace Lodestone.Controllers.Tests.Clusters;

/// <summary>Somebody's cluster. It keeps our definitions and roles; no pod is started there.</summary>
internal sealed class GivenCluster : IRunningCluster
{
    private GivenCluster(string kubeconfig) => Kubeconfig = kubeconfig;

    public string Kubeconfig { get; }

    public ValueTask DisposeAsync() => default;

    internal static async Task<GivenCluster> OpenAsync(string kubeconfig)
    {
        string version = await VersionAsync(kubeconfig);
        await Installer.ApplyAsync(kubeconfig, "crds", "--kubernetes", version);
        await Installer.ApplyAsync(kubeconfig, "controller", withoutPods: true, "--kubernetes", version);
        return new GivenCluster(kubeconfig);
    }

    private static async Task<string> VersionAsync(string kubeconfig)
    {
        var config = KubeConfig.Load(kubeconfig);
        using var http = new HttpClient(Transport.Create(config)) { BaseAddress = config.Server };
        JsonNode version = JsonNode.Parse(await http.GetStringAsync("/version"))!;
        return $"{(string?)version["major"]}.{((string)version["minor"]!).TrimEnd('+')}";
    }
}
