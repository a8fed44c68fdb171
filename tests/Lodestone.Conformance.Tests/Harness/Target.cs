using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Lodestone.Api.CustomResources;
using Lodestone.Api.Resources;
using Lodestone.ApiServer;
using Lodestone.Conformance.Tests.Client;
using Lodestone.TestKit.Kubernetes;

[assembly: AssemblyFixture(typeof(Lodestone.Conformance.Tests.Harness.Target))]

namespace Lodestone.Conformance.Tests.Harness;

/// <summary>
/// The API server under test: ours, in this process; with <c>LODESTONE_TEST_TARGET=kube-apiserver</c> a kube-apiserver 1.20 that is started
/// for it; with <c>LODESTONE_TEST_KUBECONFIG=FILE</c> whatever that names, as an administrator.
/// </summary>
public sealed class Target : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, string> _ran = new();
    private readonly List<string> _installed = [];
    private string? _directory;
    private LodestoneApiServer? _lodestone;
    private KubeApiServer? _kubernetes;
    private Kubeconfig _configuration = null!;

    /// <summary>Whether it is Lodestone's.</summary>
    public bool IsLodestone { get; private set; }

    /// <summary>Whether it outlives the run, so that what cases leave has to go.</summary>
    public bool IsLasting { get; private set; }

    /// <summary>The 32 of 1.32.</summary>
    public int Minor { get; private set; }

    internal KubeClient Admin { get; private set; } = null!;

    private string Version { get; set; } = "";

    public async ValueTask InitializeAsync()
    {
        string path = await StartAsync();
        _configuration = Kubeconfig.Load(path);
        Admin = Connect();
        Answer version = (await Admin.GetAsync("/version")).Is(200);
        Version = version.Get("gitVersion");
        Minor = int.Parse(version.Get("minor").TrimEnd('+'), CultureInfo.InvariantCulture);
        IsLodestone = _lodestone is not null || Version.Contains("lodestone", StringComparison.Ordinal);
        if (!IsLodestone)
        {
            await InstallKindsAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Console.WriteLine(Summary());
        foreach (string name in _installed)
        {
            await Admin.DeleteAsync($"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}");
        }

        Admin.Dispose();
        if (_lodestone is not null)
        {
            await _lodestone.DisposeAsync();
        }

        if (_kubernetes is not null)
        {
            await _kubernetes.DisposeAsync();
        }

        if (_directory is not null)
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    /// <summary>A client of its own, as the administrator unless said otherwise.</summary>
    internal KubeClient Connect(bool isAnonymous = false, string? token = null, Version? version = null) => new(_configuration, isAnonymous, token, version);

    /// <summary>Whether this target does what a difference says.</summary>
    internal bool Shows(DiffersAttribute difference) => !IsLodestone && difference.Concerns(Minor);

    /// <summary>Remembers how a case ran.</summary>
    internal void Record(string name, string how) => _ran[name] = how;

    private async Task<string> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("LODESTONE_TEST_KUBECONFIG") is { Length: > 0 } path)
        {
            IsLasting = true;
            return path;
        }

        if (Environment.GetEnvironmentVariable("LODESTONE_TEST_TARGET") == "kube-apiserver")
        {
            _kubernetes = await KubeApiServer.StartAsync();
            return _kubernetes.Kubeconfig;
        }

        _directory = Directory.CreateTempSubdirectory("conformance-").FullName;
        _lodestone = new LodestoneApiServer(new LodestoneApiServerOptions { DataDirectory = _directory });
        await _lodestone.StartAsync();
        return _lodestone.KubeconfigPath;
    }

    private async Task InstallKindsAsync()
    {
        foreach (ResourceDefinition definition in CustomResourceWriter.Kinds)
        {
            using var json = new MemoryStream();
            await using (var writer = new Utf8JsonWriter(json))
            {
                CustomResourceWriter.Write(writer, definition, new CustomResourceOptions { Minor = Minor });
            }

            Answer answer = await Admin.SendAsync(HttpMethod.Post, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", json.ToArray(), KubeClient.Json);
            if (answer.Code != 409)
            {
                answer.Is(201);
                _installed.Add(definition.QualifiedName);
            }
        }

        foreach (ResourceDefinition definition in CustomResourceWriter.Kinds)
        {
            while ((await Admin.GetAsync($"/apis/{definition.ApiVersion}/{definition.Plural}")).Code != 200)
            {
                await Task.Delay(50);
            }
        }
    }

    private string Summary()
    {
        IEnumerable<string> lines = _ran.Values.GroupBy(h => h).OrderByDescending(g => g.Count()).Select(g => $"  {g.Count(),4}  {g.Key}");
        return $"target: {(IsLodestone ? "Lodestone" : "kube-apiserver")} {Version}, {_ran.Count} cases\n{string.Join('\n', lines)}";
    }
}
