using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Lodestone.EndToEnd.Tests.Commands;

public sealed class ServerTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    // Long enough for a slow machine, and shorter than kubectl's patience with a watch whose headers do not come.
    private static readonly TimeSpan KubectlLimit = TimeSpan.FromSeconds(20);

    private readonly string _directory = Directory.CreateTempSubdirectory("lodestone-e2e-").FullName;

    private string Kubeconfig => Path.Combine(_directory, "kubeconfig");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Server_NoAgent_KubectlAppliesSamplesAndControllersAllocate()
    {
        await using LodestoneProcess server = await StartServerAsync();

        await KubectlAsync("apply", "-f", Path.Combine(AppContext.BaseDirectory, "samples", "loadbalancer-public"));
        await KubectlAsync("wait", "--for=jsonpath={.status.state}=Available", "network/network-sample", "--timeout=15s");
        await KubectlAsync("wait", "--for=jsonpath={.status.ips[1]}", "lb/loadbalancer-sample", "--timeout=15s");
        string ips = await KubectlAsync("get", "lb", "loadbalancer-sample", "-o", "jsonpath={.status.ips[*]}");
        string table = await KubectlAsync("get", "nic,net,lb");

        Assert.Equal(["203.0.113", "2001:db8:cafe::"], ips.Split(' ').Select(ip => ip.Contains(':') ? ip[..ip.LastIndexOf("::", StringComparison.Ordinal)] + "::" : ip[..ip.LastIndexOf('.')]));
        Assert.Contains("networkinterface.networking.ironcore.dev/web-3", table, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_SigTerm_EndsInOrderAndKeepsWhatWasWritten()
    {
        await using (LodestoneProcess first = await StartServerAsync())
        {
            await KubectlAsync("annotate", "namespace", "default", "kept=yes");
            first.Signal(PosixSignal.SIGTERM);
            LodestoneResult result = await first.WaitAsync(Limit);
            Assert.Equal(0, result.ExitCode);
            Assert.True(result.Error.Length == 0, result.Error);
        }

        await using LodestoneProcess second = await StartServerAsync();

        Assert.Equal("yes", await KubectlAsync("get", "namespace", "default", "-o", "jsonpath={.metadata.annotations.kept}"));
    }

    [Fact]
    public async Task Server_AddressInUse_OneLine()
    {
        await using LodestoneProcess first = await StartServerAsync();
        string address = new Uri(await KubectlAsync("config", "view", "-o", "jsonpath={.clusters[0].cluster.server}")).Authority;
        string other = Directory.CreateDirectory(Path.Combine(_directory, "other")).FullName;

        LodestoneResult result = await LodestoneProcess.RunAsync("server", "--no-agent", "--data-dir", other, "--listen", address);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("address already in use", Assert.Single(result.ErrorLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--listen", "nonsense")]
    [InlineData("--listen", "::1:6443")]
    [InlineData("--listen", "127.0.0.1:99999")]
    public async Task Server_BadListen_NamesTheValue(string option, string value)
    {
        LodestoneResult result = await LodestoneProcess.RunAsync("server", "--no-agent", "--data-dir", _directory, option, value);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"{option} '{value}' is not HOST:PORT", Assert.Single(result.ErrorLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--no-agent", "server", "--data-dir", "/tmp")]
    [InlineData("root", "demo")]
    [InlineData("root", "agent", "--kubeconfig", "/none")]
    [InlineData("root", "bench", "packets")]
    [InlineData("root", "trace", "192.0.2.10", "198.51.100.1:80")]
    [InlineData("root", "counters")]
    public async Task Command_WithoutPrivilege_OneLineAndThree(string expected, params string[] arguments)
    {
        string[] wrapper = Environment.IsPrivilegedProcess ? ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"] : [];

        LodestoneResult result = await LodestoneProcess.RunAsync(wrapper, arguments);

        Assert.Equal(3, result.ExitCode);
        string line = Assert.Single(result.ErrorLines);
        Assert.Contains("needs root", line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_Agent_MayWriteItsHostOnly()
    {
        await using LodestoneProcess server = await StartServerAsync();
        string url = await KubectlAsync("config", "view", "-o", "jsonpath={.clusters[0].cluster.server}");
        string file = Path.Combine(_directory, "host-b.kubeconfig");

        LodestoneResult issued = await LodestoneProcess.RunAsync("credentials", "agent", "host-b", "--data-dir", _directory, "--server", url, "--out", file);

        Assert.Equal(0, issued.ExitCode);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        (int allowed, _, string error) = await RunKubectlAsync(file, "create", "-f", WriteHost("host-b"));
        Assert.True(allowed == 0, error);
        (int refused, _, string reason) = await RunKubectlAsync(file, "create", "-f", WriteHost("host-c"));
        Assert.NotEqual(0, refused);
        Assert.Contains("Forbidden", reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_People_HaveTheirRoles()
    {
        await using LodestoneProcess server = await StartServerAsync();
        string url = await KubectlAsync("config", "view", "-o", "jsonpath={.clusters[0].cluster.server}");
        foreach (string role in (string[])["admin", "viewer"])
        {
            string file = Path.Combine(_directory, $"{role}.kubeconfig");
            LodestoneResult issued = await LodestoneProcess.RunAsync("credentials", role, "jane", "--days", "7", "--data-dir", _directory, "--server", url, "--out", file);

            Assert.Equal(0, issued.ExitCode);
            (_, string mayRead, _) = await RunKubectlAsync(file, "auth", "can-i", "list", "secrets");
            (_, string mayWrite, _) = await RunKubectlAsync(file, "auth", "can-i", "create", "loadbalancers");
            (_, string who, _) = await RunKubectlAsync(file, "auth", "whoami", "-o", "jsonpath={.status.userInfo.username}");
            string expected = role == "admin" ? "yes" : "no";
            Assert.Equal((expected, expected, "jane"), (mayRead.Trim(), mayWrite.Trim(), who));
        }
    }

    [Fact]
    public async Task Credentials_TokenKey_FormerTokensCountOnceMore()
    {
        await using LodestoneProcess server = await StartServerAsync();
        string token = (await KubectlAsync("create", "token", "default")).Trim();

        Assert.Equal(0, (await LodestoneProcess.RunAsync("credentials", "token-key", "--data-dir", _directory)).ExitCode);

        Assert.Contains("system:serviceaccount:default:default", await ReviewAsync(), StringComparison.Ordinal);
        Assert.Equal(2, (await File.ReadAllTextAsync(Path.Combine(_directory, "service-account.key"))).Split("BEGIN PRIVATE KEY").Length - 1);

        Task<string> ReviewAsync()
        {
            string file = Path.Combine(_directory, "review.json");
            File.WriteAllText(file, $"{{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenReview\",\"spec\":{{\"token\":\"{token}\"}}}}");
            return KubectlAsync("create", "-f", file, "-o", "jsonpath={.status.user.username}");
        }
    }

    [Theory]
    [InlineData("system:masters")]
    [InlineData("lodestone:admin")]
    public async Task Credentials_NameOfTheServersOwn_IsRefused(string user)
    {
        LodestoneResult result = await LodestoneProcess.RunAsync(
            "credentials", "viewer", user, "--data-dir", _directory, "--server", "https://127.0.0.1:6443", "--out", Path.Combine(_directory, "x"));

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("is no name for a person", string.Join('\n', result.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_NoAuthority_SaysWhatToDo()
    {
        LodestoneResult result = await LodestoneProcess.RunAsync(
            "credentials", "agent", "host-b", "--data-dir", _directory, "--server", "https://127.0.0.1:6443", "--out", Path.Combine(_directory, "x"));

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("there is no CA in", Assert.Single(result.ErrorLines), StringComparison.Ordinal);
    }

    private async Task<LodestoneProcess> StartServerAsync()
    {
        LodestoneProcess server = LodestoneProcess.Start("server", "--no-agent", "--data-dir", _directory, "--listen", "127.0.0.1:0");
        await server.WaitForLineAsync("ready", Limit);
        return server;
    }

    private string WriteHost(string name)
    {
        string path = Path.Combine(_directory, name + ".yaml");
        File.WriteAllText(path, $"apiVersion: lodestone.dev/v1alpha1\nkind: Host\nmetadata:\n  name: {name}\nspec:\n  roles: [Hypervisor]\n");
        return path;
    }

    private async Task<string> KubectlAsync(params string[] arguments)
    {
        (int exitCode, string output, string error) = await RunKubectlAsync(Kubeconfig, arguments);
        Assert.True(exitCode == 0, $"kubectl {string.Join(' ', arguments)}: {error}");
        return output;
    }

    private async Task<(int ExitCode, string Output, string Error)> RunKubectlAsync(string kubeconfig, params string[] arguments)
    {
        var info = new ProcessStartInfo("kubectl", ["--kubeconfig", kubeconfig, "--cache-dir", Path.Combine(_directory, "kubectl-cache"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process kubectl = Process.Start(info)!;
        Task<string> output = kubectl.StandardOutput.ReadToEndAsync();
        Task<string> error = kubectl.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(KubectlLimit);
        try
        {
            await kubectl.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            kubectl.Kill();
            Assert.Fail($"kubectl {string.Join(' ', arguments)} took longer than {KubectlLimit.TotalSeconds} s");
        }

        return (kubectl.ExitCode, await output, await error);
    }
}
