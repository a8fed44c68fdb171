namespace Lodestone.EndToEnd.Tests.Packaging;

/// <summary>The package's contents, what lintian says of it, and its maintainer scripts with a systemd that only takes notes.</summary>
public sealed class DebianPackageTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("lodestone-deb-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Package_IsTheSameEveryTime_AndRuns()
    {
        string first = await DebianPackage.BuildAsync(Path.Combine(_directory, "1"), "0.1.0");
        string second = await DebianPackage.BuildAsync(Path.Combine(_directory, "2"), "0.1.0");
        string root = Path.Combine(_directory, "root");
        await DebianPackage.RunAsync("dpkg-deb", "-x", first, root);

        Assert.Equal(await File.ReadAllBytesAsync(first, TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(second, TestContext.Current.CancellationToken));
        Assert.StartsWith("lodestone ", await DebianPackage.RunAsync($"{root}/usr/bin/lodestone", "version"), StringComparison.Ordinal);
        string conffiles = await DebianPackage.RunAsync("dpkg-deb", "-I", first, "conffiles");
        Assert.Equal(["/etc/lodestone/agent.env", "/etc/lodestone/controller.env", "/etc/lodestone/server.env"], conffiles.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Package_Lintian_HasNothingToSay()
    {
        Assert.SkipUnless(DebianPackage.IsNative, "packages are made of the native executable (LODESTONE_EXECUTABLE)");
        string package = await DebianPackage.BuildAsync(_directory, "0.1.0");

        (int code, string said, string error) = await DebianPackage.TryRunAsync("lintian", "--fail-on", "error,warning", "--allow-root", package);

        Assert.True(code == 0, said + error);
    }

    [Fact]
    public async Task Completion_KnowsCommands()
    {
        LodestoneResult result = await LodestoneProcess.RunAsync("[suggest:16]", "lodestone agent j");

        Assert.Contains("join", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scripts_Install_EnablesAndStartsNothing()
    {
        string[] calls = await RunScriptAsync("postinst", "configure", "");

        Assert.Contains(calls, c => c.StartsWith("adduser --system --group", StringComparison.Ordinal));
        Assert.Contains("systemctl --system daemon-reload", calls);
        Assert.DoesNotContain(calls, c => c.StartsWith("deb-systemd-invoke", StringComparison.Ordinal) || c.Contains("enable", StringComparison.Ordinal) && !c.Contains("was-enabled", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Scripts_Upgrade_RestartsWhatRuns_AndStopsNothingBefore()
    {
        string[] before = await RunScriptAsync("prerm", "upgrade", "0.2.0");
        string[] after = await RunScriptAsync("postinst", "configure", "0.1.0");

        Assert.Empty(before);
        Assert.Equal(
            ["try-restart lodestone-server.service", "try-restart lodestone-controller.service", "try-restart lodestone-agent.service"],
            after.Where(c => c.StartsWith("deb-systemd-invoke", StringComparison.Ordinal)).Select(c => c["deb-systemd-invoke ".Length..]));
    }

    [Fact]
    public async Task Scripts_Remove_StopsAndKeepsPins_PurgeRemovesThem()
    {
        string[] removed = await RunScriptAsync("prerm", "remove");
        string[] pinsAfterRemoval = await RunScriptAsync("postrm", "remove");
        string[] pinsAfterPurge = await RunScriptAsync("postrm", "purge");

        Assert.Contains("deb-systemd-invoke stop lodestone-agent.service lodestone-controller.service lodestone-server.service", removed);
        Assert.Contains("pins", pinsAfterRemoval);
        Assert.DoesNotContain("pins", pinsAfterPurge);
    }

    /// <summary>Runs a script in a mount namespace of its own, where systemd seems to run and there are pins.</summary>
    /// <returns>What it called, and <c>pins</c> if they are still there.</returns>
    private async Task<string[]> RunScriptAsync(string script, params string[] arguments)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: it makes a mount namespace");
        string stubs = Path.Combine(_directory, "stubs");
        string log = Path.Combine(_directory, "calls");
        Directory.CreateDirectory(stubs);
        await File.WriteAllTextAsync(log, "", TestContext.Current.CancellationToken);
        foreach (string name in (string[])["adduser", "deb-systemd-helper", "deb-systemd-invoke", "systemctl", "getent"])
        {
            string path = Path.Combine(stubs, name);
            await File.WriteAllTextAsync(path, $"#!/bin/sh\n{(name == "getent" ? "exit 2" : $"echo \"{name} $*\" >> {log}")}\n", TestContext.Current.CancellationToken);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        const string Setup = """
            set -e
            mount --make-rprivate /
            for d in /run /sys/fs/bpf /var/lib /var/log /etc; do mount -t tmpfs tmpfs $d; done
            mkdir -p /run/systemd/system /sys/fs/bpf/lodestone
            """;
        string quoted = string.Join(' ', arguments.Select(a => $"'{a}'"));
        string inner = $"{Setup}\nPATH={stubs}:$PATH sh {DebianPackage.Repository}/deploy/debian/{script} {quoted} >&2\n[ ! -d /sys/fs/bpf/lodestone ] || echo pins";
        string output = await DebianPackage.RunAsync("unshare", "--mount", "sh", "-c", inner);
        string[] calls = await File.ReadAllLinesAsync(log, TestContext.Current.CancellationToken);
        return script == "postrm" ? [.. calls, .. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)] : calls;
    }
}
