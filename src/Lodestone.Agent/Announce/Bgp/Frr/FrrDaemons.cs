using System.Diagnostics;
using Lodestone.Linux;
using Lodestone.Linux.Files;
using Microsoft.Extensions.Logging;

namespace Lodestone.Agent.Announce.Bgp.Frr;

/// <summary>zebra, bfdd and bgpd of our own: with sockets in a directory of ours, beside an FRR that the machine may have elsewhere.</summary>
/// <remarks>
/// zebra tells bgpd of devices and carries BFD; bgpd is started so that it puts no route into the kernel and listens nowhere. Nothing is read
/// from files: all configuration is given over sockets, so no password is on disk.
/// </remarks>
internal sealed partial class FrrDaemons(string directory, Func<ProcessStartInfo, Process> start, ILogger logger, TimeProvider time)
{
    private const string User = "frr";

    private static readonly string[] Installed = ["/usr/lib/frr", "/usr/libexec/frr"];
    private static readonly string[] Names = ["zebra", "bfdd", "bgpd"];

    private readonly DaemonProcess[] _daemons = [.. Names.Select(name => new DaemonProcess(name, Path.Combine(directory, name + ".pid")))];
    private readonly RestartBackoff _backoff = new(time);

    /// <summary>Where bgpd takes commands.</summary>
    public string BgpdSocket => Path.Combine(directory, "bgpd.vty");

    /// <summary>Whether bgpd runs.</summary>
    public bool IsRunning => _daemons[^1].Find() is not null;

    /// <summary>Starts those that do not run; whether there were any. Where bfdd has died, not before routers know (<see cref="BfdSilence"/>).</summary>
    /// <param name="config">What bgpd is told next.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BgpException">FRR is missing, another one is in the way, or one does not start.</exception>
    public async Task<bool> EnsureAsync(BgpConfig config, CancellationToken cancellationToken)
    {
        DaemonProcess[] missing = [.. _daemons.Where(daemon => daemon.Find() is null)];
        if (missing.Length == 0)
        {
            return false;
        }

        string programs = Array.Find(Installed, d => File.Exists(Path.Combine(d, "bgpd")))
            ?? throw new BgpException("FRR is not installed (no bgpd in /usr/lib/frr); install it: apt-get install frr, then systemctl disable --now frr");
        if (!_backoff.TryBegin(out TimeSpan wait))
        {
            throw new BgpException($"{string.Join(", ", missing.Select(d => d.Name))} died soon after the last start and is started again in {wait.TotalSeconds:0} s; see {directory}/*.log");
        }

        if (Array.Exists(missing, daemon => daemon is { Name: "bfdd", HasDied: true }))
        {
            await Task.Delay(BfdSilence.After(config), time, cancellationToken);
        }

        Prepare();
        foreach (DaemonProcess daemon in missing)
        {
            if (daemon.Name == "zebra")
            {
                RefuseOther();
            }

            await daemon.StartAsync(Path.Combine(programs, daemon.Name), ArgumentsOf(daemon.Name), start, cancellationToken);
            Log.Started(logger, daemon.Name, directory);
        }

        return true;
    }

    /// <summary>Ends them, bgpd first: it tells its neighbours.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (DaemonProcess daemon in _daemons.Reverse())
        {
            await daemon.StopAsync(cancellationToken);
        }
    }

    private IEnumerable<string> ArgumentsOf(string daemon) =>
    [
        "-d",
        "-f", Path.Combine(directory, "empty.conf"),
        "-i", Path.Combine(directory, daemon + ".pid"),
        "-z", Path.Combine(directory, "zserv.api"),
        "--vty_socket", directory,
        "-P", "0",
        "-F", "traditional",
        "--log", $"file:{Path.Combine(directory, daemon + ".log")}",
        "--log-level", "notifications",
        .. daemon switch
        {
            "bgpd" => (string[])["-n", "-p", "0"],
            "bfdd" => ["--bfdctl", Path.Combine(directory, "bfdd.sock")],
            _ => [],
        },
    ];

    private void Prepare()
    {
        try
        {
            Directory.CreateDirectory(directory);
            FileOwner.Set(directory, User);
            string empty = Path.Combine(directory, "empty.conf");
            File.WriteAllText(empty, "");
            FileOwner.Set(empty, User);
        }
        catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException)
        {
            throw new BgpException($"prepare '{directory}' for FRR: {e.Message}", e);
        }
    }

    /// <summary>Two zebras in one network namespace take each other's routes away.</summary>
    private static void RefuseOther()
    {
        string? here = File.ResolveLinkTarget("/proc/self/ns/net", returnFinalTarget: false)?.Name;
        foreach (string process in Directory.EnumerateDirectories("/proc").Where(p => char.IsAsciiDigit(Path.GetFileName(p)[0])))
        {
            try
            {
                if (File.ReadAllText(Path.Combine(process, "comm")).Trim() == "zebra"
                    && File.ResolveLinkTarget(Path.Combine(process, "ns/net"), returnFinalTarget: false)?.Name == here)
                {
                    throw new BgpException(
                        $"another FRR runs here (zebra, process {Path.GetFileName(process)}), whose routes ours would disturb; stop it (systemctl disable --now frr) or let the agent use BIRD (--bgp-driver bird)");
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended while we looked, or is none of our business.
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4220, LogLevel.Information, "Started {Daemon} in {Directory}")]
        internal static partial void Started(ILogger logger, string daemon, string directory);
    }
}
