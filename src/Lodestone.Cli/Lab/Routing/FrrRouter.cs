using System.Diagnostics;
using System.Globalization;

using Lodestone.Linux.Processes;

namespace Lodestone.Cli.Lab.Routing;

/// <summary>A router: FRR's zebra, bfdd and bgpd, which put routes into the kernel of the namespace they are started in. Asked through vtysh.</summary>
internal sealed class FrrRouter : IAsyncDisposable
{
    private const string Programs = "/usr/lib/frr";

    private static readonly string[] Daemons = ["zebra", "bfdd", "bgpd"];

    private readonly string _directory;
    private readonly Func<ProcessStartInfo, Process> _start;

    private FrrRouter(string directory, Func<ProcessStartInfo, Process> start)
    {
        _directory = directory;
        _start = start;
    }

    /// <summary>Whether FRR is installed here.</summary>
    public static bool IsInstalled => File.Exists(Path.Combine(Programs, "bgpd"));

    /// <summary>Starts it, in a directory that is made for it.</summary>
    /// <param name="configuration">bgpd's, as in its file.</param>
    /// <param name="start">Starts a process in the router's network namespace.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static Task<FrrRouter> StartAsync(string configuration, Func<ProcessStartInfo, Process> start, CancellationToken cancellationToken) =>
        StartAsync($"/run/lodestone-router-{Guid.NewGuid().ToString("N")[..8]}", configuration, start, cancellationToken);

    /// <summary>Starts it.</summary>
    /// <param name="directory">Where its files are; its user has to reach it.</param>
    /// <param name="configuration">bgpd's, as in its file.</param>
    /// <param name="start">Starts a process in the router's network namespace.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<FrrRouter> StartAsync(string directory, string configuration, Func<ProcessStartInfo, Process> start, CancellationToken cancellationToken)
    {
        var router = new FrrRouter(directory, start);
        try
        {
            await router.RunAsync("install", ["-d", "-o", "frr", "-g", "frr", "-m", "0755", directory], cancellationToken);
            foreach (string daemon in Daemons)
            {
                string file = Path.Combine(directory, daemon + ".conf");
                await File.WriteAllTextAsync(file, daemon == "bgpd" ? configuration : "", cancellationToken);
                string[] more = daemon == "bfdd" ? ["--bfdctl", Path.Combine(directory, "bfdd.sock")] : [];
                await router.RunAsync(
                    Path.Combine(Programs, daemon),
                    [
                        "-d", "-f", file, "-i", Path.Combine(directory, daemon + ".pid"), "-z", Path.Combine(directory, "zserv.api"),
                        "--vty_socket", directory, "-P", "0", "--log", $"file:{Path.Combine(directory, daemon + ".log")}", .. more,
                    ],
                    cancellationToken);
            }
        }
        catch
        {
            await router.DisposeAsync();
            throw;
        }

        return router;
    }

    /// <summary>One that another process has started.</summary>
    public static FrrRouter Attach(string directory, Func<ProcessStartInfo, Process> start) => new(directory, start);

    /// <summary>Runs commands, as a person at the router would; returns what they print.</summary>
    public Task<string> AskAsync(CancellationToken cancellationToken, params string[] commands) =>
        RunAsync("vtysh", ["--vty_socket", _directory, .. commands.SelectMany(command => (string[])["-c", command])], cancellationToken);

    /// <summary>Changes the configuration of its BGP instance.</summary>
    public Task ConfigureAsync(uint asn, CancellationToken cancellationToken, params string[] commands) =>
        AskAsync(cancellationToken, ["configure terminal", $"router bgp {asn.ToString(CultureInfo.InvariantCulture)}", .. commands]);

    /// <summary>Ends it and removes its files.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Daemons.Select(daemon => KillAsync(Path.Combine(_directory, daemon + ".pid"))));
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    private static async Task KillAsync(string pidFile)
    {
        if (File.Exists(pidFile) && int.TryParse(await File.ReadAllTextAsync(pidFile), CultureInfo.InvariantCulture, out int pid) && ProcessIdentity.Find(pid) is { } process)
        {
            await process.KillAsync(withChildren: false);
        }
    }

    private async Task<string> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using Process process = _start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
        Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await error} {output}");
    }
}
