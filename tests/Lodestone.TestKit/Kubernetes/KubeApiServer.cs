using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Lodestone.TestKit.Kubernetes;

/// <summary>
/// The real thing: kube-apiserver 1.20.2 on etcd, on free ports of loopback, with RBAC, a front-proxy CA for aggregated API servers, and an
/// administrator. There is no kube-controller-manager: namespaces stay Terminating, nothing collects garbage.
/// </summary>
public sealed class KubeApiServer : IAsyncDisposable
{
    private const string FrontProxyUser = "front-proxy-client";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly KubeApiServerOptions _options;
    private readonly TestPki _pki = new("kube-ca");
    private readonly TestPki _frontProxy = new("front-proxy-ca");
    private readonly bool _ownsDirectory;
    private readonly int _port = FreePort();
    private readonly int _etcdPort = FreePort();
    private readonly int _etcdPeerPort = FreePort();
    private Process? _etcd;
    private Process? _server;

    private KubeApiServer(KubeApiServerOptions options)
    {
        _options = options;
        _ownsDirectory = options.Directory is null;
        Directory = options.Directory ?? System.IO.Directory.CreateTempSubdirectory("kube-apiserver-").FullName;
        System.IO.Directory.CreateDirectory(Directory);
    }

    /// <summary>Where <c>eng/kube-apiserver</c> puts the executable.</summary>
    public static string Executable { get; } = Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "lodestone", "kube-apiserver-1.20.2", "bin", "kube-apiserver");

    /// <summary>Everything of this server.</summary>
    public string Directory { get; }

    /// <summary>Its address.</summary>
    public Uri Url => new($"https://127.0.0.1:{Text(_port)}");

    /// <summary>A kubeconfig of <c>system:masters</c>.</summary>
    public string Kubeconfig => Path.Combine(Directory, "kubeconfig");

    /// <summary>The CA of the server and of client certificates, PEM.</summary>
    public string AuthorityPem => _pki.AuthorityPem;

    /// <summary>Issues client certificates that this server knows.</summary>
    public TestPki Pki => _pki;

    /// <summary>Issues certificates that aggregated API servers take for the front proxy's.</summary>
    public TestPki FrontProxyPki => _frontProxy;

    /// <summary>etcd's and kube-apiserver's.</summary>
    public IReadOnlyList<int> Pids => [.. new[] { _etcd, _server }.Where(p => p is not null).Select(p => p!.Id)];

    /// <summary>Starts etcd and kube-apiserver; when this returns it is ready.</summary>
    /// <exception cref="InvalidOperationException">It is not built, or doesn't become ready; the message has the end of its log.</exception>
    public static async Task<KubeApiServer> StartAsync(KubeApiServerOptions? options = null)
    {
        if (!File.Exists(Executable))
        {
            throw new InvalidOperationException($"no {Executable}: run eng/kube-apiserver, which builds it");
        }

        var server = new KubeApiServer(options ?? new KubeApiServerOptions());
        try
        {
            server.WriteFiles();
            await server.RunAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops both and starts them again on what is there.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await RunAsync();
    }

    /// <summary>Stops both.</summary>
    public async Task StopAsync()
    {
        await EndAsync(_server);
        _server = null;
        await EndAsync(_etcd);
        _etcd = null;
    }

    /// <summary>Writes a kubeconfig of a user with a client certificate.</summary>
    /// <returns>Its path.</returns>
    public string WriteKubeconfig(string name, string user, params string[] groups)
    {
        (string certificate, string key) = _pki.Client(user, groups);
        string path = Path.Combine(Directory, name);
        File.WriteAllText(path, $$"""
            apiVersion: v1
            kind: Config
            current-context: kube
            clusters:
            - name: kube
              cluster:
                server: {{Url}}
                certificate-authority-data: {{Base64(AuthorityPem)}}
            users:
            - name: user
              user:
                client-certificate-data: {{Base64(certificate)}}
                client-key-data: {{Base64(key)}}
            contexts:
            - name: kube
              context:
                cluster: kube
                user: user
            """);
        return path;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _pki.Dispose();
        _frontProxy.Dispose();
        if (_ownsDirectory)
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }
    }

    /// <summary>A port of this machine that nobody listens on now.</summary>
    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static async Task EndAsync(Process? process)
    {
        if (process is null)
        {
            return;
        }

        if (!process.HasExited)
        {
            process.Kill();
        }

        await process.WaitForExitAsync();
        process.Dispose();
    }

    private static Process Start(string program, string log, IEnumerable<string> arguments)
    {
        // Through a shell: the log is then a file that outlives us, and no pipe of ours fills up.
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null");
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add(log);
        start.ArgumentList.Add(program);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    private string In(string name) => Path.Combine(Directory, name);

    private void WriteFiles()
    {
        using var accounts = RSA.Create(2048);
        File.WriteAllText(In("sa.key"), accounts.ExportRSAPrivateKeyPem());
        File.WriteAllText(In("ca.crt"), AuthorityPem);
        File.WriteAllText(In("front-proxy-ca.crt"), _frontProxy.AuthorityPem);
        WritePair("apiserver", _pki.Server("localhost", "127.0.0.1", "kubernetes.default.svc"));
        WritePair("front-proxy-client", _frontProxy.Client(FrontProxyUser));
        WriteKubeconfig("kubeconfig", "admin", "system:masters");
    }

    private void WritePair(string name, (string Certificate, string Key) pair)
    {
        File.WriteAllText(In(name + ".crt"), pair.Certificate);
        File.WriteAllText(In(name + ".key"), pair.Key);
    }

    private async Task RunAsync()
    {
        string client = $"http://127.0.0.1:{Text(_etcdPort)}", peer = $"http://127.0.0.1:{Text(_etcdPeerPort)}";
        List<string> etcd =
        [
            "--name", "test", "--data-dir", In("etcd"), "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", $"test={peer}",
        ];
        if (!_options.IsDurable)
        {
            etcd.Add("--unsafe-no-fsync");
        }

        _etcd = Start("etcd", In("etcd.log"), etcd);
        _server = Start(Executable, In("apiserver.log"),
        [
            $"--etcd-servers={client}", "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", $"--secure-port={Text(_port)}",
            $"--tls-cert-file={In("apiserver.crt")}", $"--tls-private-key-file={In("apiserver.key")}", $"--client-ca-file={In("ca.crt")}",
            $"--service-account-key-file={In("sa.key")}", $"--service-account-signing-key-file={In("sa.key")}", "--service-account-issuer=https://kubernetes.default.svc",
            "--service-cluster-ip-range=10.0.0.0/24", "--authorization-mode=RBAC", "--disable-admission-plugins=ServiceAccount", "--endpoint-reconciler-type=none",
            $"--requestheader-client-ca-file={In("front-proxy-ca.crt")}", $"--requestheader-allowed-names={FrontProxyUser}",
            "--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group", "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            $"--proxy-client-cert-file={In("front-proxy-client.crt")}", $"--proxy-client-key-file={In("front-proxy-client.key")}", "--enable-aggregator-routing=false",
            .. _options.ExtraFlags,
        ]);
        await ReadyAsync();
    }

    private async Task ReadyAsync()
    {
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(AuthorityPem));
        using var http = new HttpClient(handler) { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(5) };
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < Patience)
        {
            if (_server!.HasExited || _etcd!.HasExited)
            {
                break;
            }

            try
            {
                if (await http.GetStringAsync("/readyz") == "ok")
                {
                    return;
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
            {
                // Not yet.
            }

            await Task.Delay(100);
        }

        throw new InvalidOperationException($"kube-apiserver is not ready after {Text((int)clock.Elapsed.TotalSeconds)} s:\n{Tail("etcd.log")}\n{Tail("apiserver.log")}");
    }

    private string Tail(string log) => File.Exists(In(log)) ? string.Join('\n', File.ReadLines(In(log)).TakeLast(20)) : $"no {log}";
}
