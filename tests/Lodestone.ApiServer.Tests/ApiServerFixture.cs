using Lodestone.ApiServer.Watch;

namespace Lodestone.ApiServer.Tests;

/// <summary>A server in this process on a free port of loopback, and its administrator.</summary>
public sealed class ApiServerFixture : IAsyncLifetime
{
    private readonly TempDirectory _directory = new();

    public LodestoneApiServer Server { get; private set; } = null!;

    public string DataDirectory => _directory.Path;

    internal ApiClient Admin { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = new LodestoneApiServer(new LodestoneApiServerOptions { DataDirectory = _directory.Path })
        {
            WatchOptions = new WatchOptions { BookmarkEvery = TimeSpan.FromMilliseconds(200) },
        };
        await Server.StartAsync();
        Admin = ApiClient.FromKubeconfig(File.ReadAllText(Server.KubeconfigPath));
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await Server.DisposeAsync();
        _directory.Dispose();
    }

    /// <summary>Waits until something holds, asking again after every write to the store.</summary>
    internal Task UntilAsync(Func<Task<bool>> condition) => Server.UntilAsync(condition);

    /// <summary>A namespace of the test's own.</summary>
    internal async Task<string> NamespaceAsync()
    {
        string name = $"t-{Guid.NewGuid():N}";
        (await Admin.PostAsync("/api/v1/namespaces", $$$"""{"metadata":{"name":"{{{name}}}"}}""")).Expect(201);
        await SeededAsync(name);
        return name;
    }

    /// <summary>Completes when the namespace has what every namespace gets, so that nothing else is written in the test's time.</summary>
    private Task SeededAsync(string ns) => Server.UntilAsync(() => Task.FromResult(
        Server.Store.Read("serviceaccounts").Objects.Find($"{ns}/default") is not null
        && Server.Store.Read("configmaps").Objects.Find($"{ns}/kube-root-ca.crt") is not null));
}
