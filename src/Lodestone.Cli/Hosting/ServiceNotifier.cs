using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Lodestone.Cli.Hosting;

/// <summary>Tells systemd how a service stands (sd_notify(3)): ready, stopping, and alive, where the unit asks for that. Without systemd it does nothing.</summary>
/// <remarks>A datagram to the socket that <c>$NOTIFY_SOCKET</c> names; <c>@</c> begins an abstract one (unix(7)). What can't be told is left untold.</remarks>
internal sealed class ServiceNotifier : IAsyncDisposable
{
    private const string SocketVariable = "NOTIFY_SOCKET";
    private const string WatchdogVariable = "WATCHDOG_USEC";
    private const string WatchdogPidVariable = "WATCHDOG_PID";

    private readonly Socket? _socket;
    private readonly TimeSpan? _watchdog;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _ended = new();
    private readonly CancellationTokenRegistration _stopping;
    private Task _beating = Task.CompletedTask;

    /// <summary>For a socket and an interval, each null for none.</summary>
    /// <param name="socketPath">As in <c>$NOTIFY_SOCKET</c>.</param>
    /// <param name="watchdog">After so long without a sign of life systemd ends the service.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Cancelled when the service is told to stop.</param>
    internal ServiceNotifier(string? socketPath, TimeSpan? watchdog, TimeProvider time, CancellationToken cancellationToken)
    {
        _time = time;
        _watchdog = watchdog;
        if (socketPath is { Length: > 1 } && socketPath[0] is '/' or '@')
        {
            _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            try
            {
                _socket.Connect(new UnixDomainSocketEndPoint(socketPath[0] == '@' ? "\0" + socketPath[1..] : socketPath));
            }
            catch (SocketException)
            {
                _socket.Dispose();
                _socket = null;
            }
        }

        _stopping = cancellationToken.Register(() => Send("STOPPING=1"));
    }

    /// <summary>As the environment says, which programs started from here do not see.</summary>
    public static ServiceNotifier Create(TimeProvider time, CancellationToken cancellationToken)
    {
        string? path = Take(SocketVariable);
        string? microseconds = Take(WatchdogVariable);
        bool isForUs = Take(WatchdogPidVariable) is not { } pid || pid == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        TimeSpan? watchdog = isForUs && long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value > 0
            ? TimeSpan.FromMicroseconds(value)
            : null;
        return new ServiceNotifier(path, watchdog, time, cancellationToken);
    }

    /// <summary>The service does what it is there for.</summary>
    /// <param name="status">That in words, for <c>systemctl status</c>; one line.</param>
    /// <param name="isWell">Asked before each sign of life; when it says no there is none, and systemd starts the service anew.</param>
    public void Ready(string status, Func<bool> isWell)
    {
        Send($"READY=1\nSTATUS={status}");
        if (_socket is not null && _watchdog is { } interval)
        {
            _beating = BeatAsync(interval / 2, isWell);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.DisposeAsync();
        await _ended.CancelAsync();
        await _beating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _socket?.Dispose();
        _ended.Dispose();
    }

    private static string? Take(string variable)
    {
        string? value = Environment.GetEnvironmentVariable(variable);
        Environment.SetEnvironmentVariable(variable, null);
        return value;
    }

    private async Task BeatAsync(TimeSpan interval, Func<bool> isWell)
    {
        using var timer = new PeriodicTimer(interval, _time);
        do
        {
            if (isWell())
            {
                Send("WATCHDOG=1");
            }
        }
        while (await timer.WaitForNextTickAsync(_ended.Token));
    }

    private void Send(string message)
    {
        try
        {
            _socket?.Send(Encoding.UTF8.GetBytes(message));
        }
        catch (SocketException)
        {
            // Nobody listens there any more.
        }
    }
}
