using System.Collections.Immutable;
using System.Diagnostics;
using Lodestone.Linux;
using Lodestone.Linux.Files;
using Microsoft.Extensions.Logging;

namespace Lodestone.Agent.Announce.Bgp.Bird;

/// <summary>BGP through BIRD 2: a daemon of our own, configured by a file that it reads again when it changes.</summary>
internal sealed partial class BirdDriver(string directory, Func<ProcessStartInfo, Process> start, ILogger logger, TimeProvider time) : IBgpDriver
{
    private const string User = "bird";

    private static readonly string[] Installed = ["/usr/sbin/bird", "/usr/local/sbin/bird"];

    private readonly DaemonProcess _bird = new("bird", Path.Combine(directory, "bird.pid"));
    private readonly RestartBackoff _backoff = new(time);
    private bool _hasBfd;

    /// <inheritdoc/>
    public bool FindsRouters => false;

    /// <inheritdoc/>
    public bool IsRunning => _bird.Find() is not null;

    private string ConfigFile => Path.Combine(directory, "bird.conf");

    private string ControlSocket => Path.Combine(directory, "bird.ctl");

    /// <inheritdoc/>
    public async Task ApplyAsync(BgpConfig config, CancellationToken cancellationToken)
    {
        _hasBfd = config.Neighbors.Any(n => n.Bfd is not null);
        bool isRunning = IsRunning;

        // A router's bgpd that establishes a session may register BFD anew, which ends BFD that was up before, and the session with it. So BFD follows sessions, as with FRR.
        ImmutableDictionary<string, BgpNeighborState> states = _hasBfd && isRunning ? await ObserveAsync(cancellationToken) : ImmutableDictionary<string, BgpNeighborState>.Empty;
        string text = BirdConfig.Write(
            config, Path.Combine(directory, "bird.log"), neighbor => states.TryGetValue(neighbor.Key, out BgpNeighborState? state) && (state.IsEstablished || state.IsBfdUp == true));
        if (isRunning && File.Exists(ConfigFile) && File.ReadAllText(ConfigFile) == text)
        {
            return;
        }

        WriteConfig(text);
        if (!isRunning)
        {
            await StartAsync(config, cancellationToken);
            return;
        }

        try
        {
            await BirdSocket.RunAsync(ControlSocket, "configure", cancellationToken);
        }
        catch
        {
            // It goes on with what it had; the file must not pass for that.
            File.Delete(ConfigFile);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<ImmutableDictionary<string, BgpNeighborState>> ObserveAsync(CancellationToken cancellationToken) => BirdProtocolReader.Read(
        await BirdSocket.RunAsync(ControlSocket, "show protocols all", cancellationToken),
        _hasBfd ? await BirdSocket.RunAsync(ControlSocket, "show bfd sessions", cancellationToken) : []);

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => _bird.StopAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Each command has a connection of its own.
    }

    private async Task StartAsync(BgpConfig config, CancellationToken cancellationToken)
    {
        string program = Array.Find(Installed, File.Exists)
            ?? throw new BgpException("BIRD is not installed (no /usr/sbin/bird); install it: apt-get install bird2, then systemctl disable --now bird");
        if (!_backoff.TryBegin(out TimeSpan wait))
        {
            throw new BgpException($"bird died soon after the last start and is started again in {wait.TotalSeconds:0} s; see {directory}/bird.log");
        }

        if (_bird.HasDied)
        {
            await Task.Delay(BfdSilence.After(config), time, cancellationToken);
        }

        await _bird.StartAsync(
            program,
            ["-c", ConfigFile, "-s", ControlSocket, "-P", Path.Combine(directory, "bird.pid"), "-u", User, "-g", User],
            start,
            cancellationToken);
        Log.Started(logger, directory);
    }

    /// <summary>Replaces the file at once. It holds passwords: only BIRD's user may read it.</summary>
    private void WriteConfig(string text)
    {
        try
        {
            Directory.CreateDirectory(directory);
            FileOwner.Set(directory, User);
            string written = ConfigFile + ".new";
            File.Delete(written);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (var file = new StreamWriter(written, options))
            {
                file.Write(text);
            }

            FileOwner.Set(written, User);
            File.Move(written, ConfigFile, overwrite: true);
        }
        catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException)
        {
            throw new BgpException($"write '{ConfigFile}' for BIRD: {e.Message}", e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4227, LogLevel.Information, "Started bird in {Directory}")]
        internal static partial void Started(ILogger logger, string directory);
    }
}
