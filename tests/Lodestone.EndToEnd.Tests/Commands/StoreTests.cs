using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Lodestone.EndToEnd.Tests.Commands;

/// <summary>The store's commands as an operator uses them, around a server of its own process.</summary>
public sealed class StoreTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly string _directory = Directory.CreateTempSubdirectory("lodestone-e2e-").FullName;

    private string Data => Path.Combine(_directory, "data");

    private string Backup => Path.Combine(_directory, "backup");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Store_BackupOfARunningServerIsRestored_ServesWhatItHeldAtAHigherVersion()
    {
        await using (LodestoneProcess server = await StartServerAsync(Data))
        {
            await KubectlAsync(Data, "create", "namespace", "kept");
            LodestoneResult check = await LodestoneProcess.RunAsync("store", "check", "--data-dir", Data, "-o", "json");
            using JsonDocument report = JsonDocument.Parse(check.Output);
            Assert.Equal(0, check.ExitCode);
            Assert.Equal(0, report.RootElement.GetProperty("findings").GetArrayLength());
            Assert.True(report.RootElement.GetProperty("objects").GetProperty("namespaces").GetInt32() >= 2);

            LodestoneResult backup = await LodestoneProcess.RunAsync("store", "backup", "--data-dir", Data, Backup);
            Assert.Equal(0, backup.ExitCode);
            Assert.Contains("ca.key", backup.Output, StringComparison.Ordinal);
            await KubectlAsync(Data, "create", "namespace", "lost");

            LodestoneResult refused = await LodestoneProcess.RunAsync("store", "restore", Backup, "--data-dir", Data);
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains($"pid {server.Id} ", Assert.Single(refused.ErrorLines), StringComparison.Ordinal);
            LodestoneResult second = await LodestoneProcess.RunAsync("apiserver", "--data-dir", Data, "--listen", "127.0.0.1:0");
            Assert.Equal(1, second.ExitCode);
            Assert.Contains($"'{Path.Combine(Data, "store.lock")}' is locked: the process with pid {server.Id} ", Assert.Single(second.ErrorLines), StringComparison.Ordinal);
            server.Signal(PosixSignal.SIGTERM);
            await server.WaitAsync(Limit);
        }

        string restored = Path.Combine(_directory, "restored");
        LodestoneResult restore = await LodestoneProcess.RunAsync("store", "restore", Backup, "--data-dir", restored);
        Assert.Equal(0, restore.ExitCode);
        Assert.Contains("so clients list again", restore.Output, StringComparison.Ordinal);
        await using LodestoneProcess again = await StartServerAsync(restored);

        string names = await KubectlAsync(restored, "get", "namespaces", "-o", "name");
        string version = await KubectlAsync(restored, "get", "--raw", "/api/v1/namespaces");
        string watch = await KubectlAsync(restored, "get", "--raw", "/api/v1/namespaces?watch=true&resourceVersion=20&timeoutSeconds=5");

        Assert.Contains("namespace/kept", names, StringComparison.Ordinal);
        Assert.DoesNotContain("namespace/lost", names, StringComparison.Ordinal);
        using JsonDocument list = JsonDocument.Parse(version);
        Assert.True(long.Parse(list.RootElement.GetProperty("metadata").GetProperty("resourceVersion").GetString()!, null) >= 1_000_000_000);
        Assert.Contains("\"code\":410", watch, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Store_Damaged_IsReportedAndRefusedAndTheRestRestored()
    {
        await using (LodestoneProcess server = await StartServerAsync(Data))
        {
            await KubectlAsync(Data, "create", "namespace", "last");
            server.Signal(PosixSignal.SIGTERM);
            await server.WaitAsync(Limit);
        }

        string log = Path.Combine(Data, "store", "log-0000000001");
        byte[] bytes = File.ReadAllBytes(log);
        bytes[(3 * 4096) + 200] ^= 1;
        File.WriteAllBytes(log, bytes);

        LodestoneResult check = await LodestoneProcess.RunAsync("store", "check", "--data-dir", Data);
        LodestoneResult start = await LodestoneProcess.RunAsync("apiserver", "--data-dir", Data, "--listen", "127.0.0.1:0");
        LodestoneResult restore = await LodestoneProcess.RunAsync("store", "restore", Data, "--up-to-damage", "--data-dir", Path.Combine(_directory, "rest"));

        Assert.Equal((1, 1, 0), (check.ExitCode, start.ExitCode, restore.ExitCode));
        Assert.Contains($"'{log}' at offset {3 * 4096}", check.Output, StringComparison.Ordinal);
        string line = Assert.Single(start.ErrorLines);
        Assert.Contains($"'{log}' is damaged at offset {3 * 4096}", line, StringComparison.Ordinal);
        Assert.Contains("lodestone store restore", line, StringComparison.Ordinal);
        Assert.Contains("what came after is lost", restore.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("there is no store in", "store", "check", "--data-dir", "/proc")]
    [InlineData("there is no store in", "store", "backup", "/tmp/never-made", "--data-dir", "/proc")]
    [InlineData("there is no store in '/none'", "store", "restore", "/none", "--data-dir", "/tmp/never-made")]
    public async Task Store_NothingThere_OneLineAndOne(string expected, params string[] arguments)
    {
        LodestoneResult result = await LodestoneProcess.RunAsync(arguments);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(expected, Assert.Single(result.ErrorLines), StringComparison.Ordinal);
        Assert.False(File.Exists("/tmp/never-made"));
    }

    private static async Task<LodestoneProcess> StartServerAsync(string data)
    {
        LodestoneProcess server = LodestoneProcess.Start("apiserver", "--data-dir", data, "--listen", "127.0.0.1:0");
        await server.WaitForLineAsync("ready", Limit);
        return server;
    }

    private static async Task<string> KubectlAsync(string data, params string[] arguments)
    {
        string[] all = ["--kubeconfig", Path.Combine(data, "kubeconfig"), .. arguments];
        using Process kubectl = Process.Start(new ProcessStartInfo("kubectl", all) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = kubectl.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await kubectl.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await kubectl.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(kubectl.ExitCode == 0, $"kubectl {string.Join(' ', arguments)}: {await error}");
        return output;
    }
}
