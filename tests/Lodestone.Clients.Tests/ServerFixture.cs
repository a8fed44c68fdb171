using System.Text.Json.Nodes;

[assembly: AssemblyFixture(typeof(Lodestone.Clients.Tests.ServerFixture))]

namespace Lodestone.Clients.Tests;

/// <summary>One server for all clients, in this process, on a free port of loopback.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("lodestone-clients-");

    public ApiServer.LodestoneApiServer Server { get; private set; } = null!;

    public string Kubeconfig => Server.KubeconfigPath;

    /// <summary>A directory for what clients keep on disk.</summary>
    public string Scratch => Path.Combine(_directory.FullName, "scratch");

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Scratch);
        Server = new ApiServer.LodestoneApiServer(new ApiServer.LodestoneApiServerOptions { DataDirectory = Path.Combine(_directory.FullName, "data") });
        await Server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    /// <summary>A load balancer as JSON.</summary>
    public static string LoadBalancer(string name, int port = 80) => $$$"""
        {"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"LoadBalancer",
         "metadata":{"name":"{{{name}}}","labels":{"app":"web","tier":"front"}},
         "spec":{"type":"Public","ipFamilies":["IPv4"],"networkRef":{"name":"net-a"},"ports":[{"protocol":"TCP","port":{{{port}}}}]}}
        """;

    internal static JsonNode Parse(string json) => JsonNode.Parse(json)!;
}
