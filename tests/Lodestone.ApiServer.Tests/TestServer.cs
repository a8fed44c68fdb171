using Lodestone.ApiServer.Watch;

namespace Lodestone.ApiServer.Tests;

/// <summary>A server of one test's own.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();

    private TestServer(WatchOptions watchOptions)
    {
        Server = new LodestoneApiServer(new LodestoneApiServerOptions { DataDirectory = _directory.Path }) { WatchOptions = watchOptions };
    }

    public LodestoneApiServer Server { get; }

    public ApiClient Admin { get; private set; } = null!;

    public static async Task<TestServer> StartAsync(WatchOptions? watchOptions = null)
    {
        var server = new TestServer(watchOptions ?? new WatchOptions());
        await server.Server.StartAsync(TestContext.Current.CancellationToken);
        server.Admin = ApiClient.FromKubeconfig(await File.ReadAllTextAsync(server.Server.KubeconfigPath, TestContext.Current.CancellationToken));
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await Server.DisposeAsync();
        _directory.Dispose();
    }
}
