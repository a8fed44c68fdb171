using System.Net;
using System.Text.Json.Nodes;
using Lodestone.ApiServer;
using Lodestone.ApiServer.Aggregation;
using Lodestone.TestKit.Kubernetes;

namespace Lodestone.Aggregation.Tests.Support;

/// <summary>A real kube-apiserver, and a server of ours behind it that has no rights but those its manifests give.</summary>
public sealed class AggregatedFixture : IAsyncLifetime
{
    /// <summary>What the server is in the cluster: the service account of its manifests.</summary>
    public const string ServiceAccount = "system:serviceaccount:lodestone-system:lodestone-apiserver";

    public const string Api = "/apis/networking.ironcore.dev/v1alpha1";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _directory = Directory.CreateTempSubdirectory("lodestone-aggregation-").FullName;
    private readonly TestPki _servingPki = new("serving-ca");
    private readonly List<IDisposable> _clients = [];

    public KubeApiServer Kube { get; private set; } = null!;

    public LodestoneApiServer Server { get; private set; } = null!;

    /// <summary>Through the aggregator, as the administrator.</summary>
    public Kubectl Kubectl { get; private set; } = null!;

    /// <summary>What kube-apiserver was asked about tokens and permissions.</summary>
    internal ReviewLog Reviews { get; private set; } = null!;

    /// <summary>Where the server under test listens.</summary>
    public Uri Url { get; } = new($"https://127.0.0.1:{KubeApiServer.FreePort()}");

    public string CertificateFile => In("tls.crt");

    public string KeyFile => In("tls.key");

    public async ValueTask InitializeAsync()
    {
        Reviews = new ReviewLog(In("audit.log"));
        await File.WriteAllTextAsync(In("audit.yaml"), ReviewLog.Policy);
        Kube = await KubeApiServer.StartAsync(new KubeApiServerOptions
        {
            Directory = In("kube"),
            ExtraFlags = [$"--audit-policy-file={In("audit.yaml")}", $"--audit-log-path={In("audit.log")}"],
        });
        Kubectl = new Kubectl(Kube.Kubeconfig, In("home"));
        WriteServingCertificate();
        await Kubectl.RunAsync("apply -f -", ApiServiceManifests.Write(new ApiServiceManifestOptions
        {
            Port = Url.Port,
            ExternalName = "localhost",
            AuthorityPem = _servingPki.AuthorityPem,
        }));
        await StartServerAsync();
        DirectClient admin = ThroughKube("admin", "system:masters");
        foreach (string group in (string[])["networking.ironcore.dev", "ipam.ironcore.dev", "lodestone.dev"])
        {
            await UntilAsync(async () => (await admin.GetAsync($"/apis/{group}/v1alpha1")).Code == 200, $"{group} is served through the aggregator");
        }

        await UntilAsync(async () => (await admin.GetAsync("/openapi/v2")).Text.Contains("ipam.ironcore.dev/v1alpha1/", StringComparison.Ordinal), "OpenAPI v2 has our kinds");
    }

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(c => c.Dispose());
        await Server.DisposeAsync();
        await Kube.DisposeAsync();
        _servingPki.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>The server under test as it was started, with what a test wants otherwise.</summary>
    internal LodestoneApiServerOptions Options(string dataDirectory, IPEndPoint? listen = null) => new()
    {
        DataDirectory = In(dataDirectory),
        Listen = [listen ?? new IPEndPoint(IPAddress.Loopback, 0)],
        Aggregation = new AggregationOptions { KubeconfigFile = Kube.WriteKubeconfig("server.kubeconfig", ServiceAccount), CertificateFile = CertificateFile, KeyFile = KeyFile },
    };

    /// <summary>Stops it and starts it again on what is there.</summary>
    public async Task RestartServerAsync()
    {
        await Server.DisposeAsync();
        await StartServerAsync();
    }

    /// <summary>Has somebody renew the serving certificate.</summary>
    public void WriteServingCertificate()
    {
        (string certificate, string key) = _servingPki.Server("lodestone-apiserver.lodestone-system.svc", "localhost", "127.0.0.1");
        File.WriteAllText(CertificateFile, certificate);
        File.WriteAllText(KeyFile, key);
    }

    /// <summary>A connection past the aggregator; without a certificate when none is given.</summary>
    internal DirectClient Direct((string Certificate, string Key)? client = null, Uri? url = null)
    {
        var direct = new DirectClient(url ?? Url, _servingPki.AuthorityPem, client);
        _clients.Add(direct);
        return direct;
    }

    /// <summary>A connection to kube-apiserver.</summary>
    internal DirectClient ThroughKube(string user, params string[] groups)
    {
        var direct = new DirectClient(Kube.Url, Kube.AuthorityPem, Kube.Pki.Client(user, groups));
        _clients.Add(direct);
        return direct;
    }

    /// <summary>A connection past the aggregator, of the front proxy.</summary>
    internal DirectClient DirectProxy() => Direct(Kube.FrontProxyPki.Client("front-proxy-client"));

    /// <summary>A connection past the aggregator, of one of the cluster's administrators.</summary>
    internal DirectClient DirectAdmin() => Direct(Kube.Pki.Client("admin", "system:masters"));

    /// <summary>A namespace of the test's own.</summary>
    public async Task<string> NamespaceAsync()
    {
        string name = $"t-{Guid.NewGuid():N}";
        await Kubectl.RunAsync($"create namespace {name}");
        return name;
    }

    /// <summary>kubectl of a user who has no rights but those a test gives.</summary>
    public Kubectl As(string user, params string[] groups) => new(Kube.WriteKubeconfig($"{user.Replace(':', '-')}.kubeconfig", user, groups), In($"home-{user.Replace(':', '-')}"));

    public string In(string name) => Path.Combine(_directory, name);

    /// <summary>Waits for what the cluster tells the server by itself, which has no event for us.</summary>
    internal static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > Patience)
            {
                throw new TimeoutException($"after {Patience.TotalSeconds} s still not: {what}");
            }

            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    internal static string LoadBalancer(string name, int port = 80, string metadata = "") => $$$"""
        {"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"LoadBalancer","metadata":{"name":"{{{name}}}"{{{metadata}}}},
         "spec":{"type":"Public","ipFamilies":["IPv4"],"networkRef":{"name":"net-a"},"ports":[{"protocol":"TCP","port":{{{port}}}}]}}
        """;

    internal static string LoadBalancers(string ns) => $"{Api}/namespaces/{ns}/loadbalancers";

    internal static JsonNode Json(string text) => JsonNode.Parse(text)!;

    private async Task StartServerAsync()
    {
        Server = new LodestoneApiServer(Options("data", new IPEndPoint(IPAddress.Loopback, Url.Port)));
        await Server.StartAsync();
        await Server.WaitUntilReadyAsync().WaitAsync(Patience);
    }
}
