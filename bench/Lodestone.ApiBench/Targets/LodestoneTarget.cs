using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Lodestone.ApiBench.Targets;

/// <summary><c>lodestone apiserver</c> as a process.</summary>
internal sealed class LodestoneTarget(string executable) : ApiTarget
{
    private Process? _process;
    private ApiAccess? _access;
    private string _directory = "";
    private int _port;

    public override string Name => "Lodestone";

    public override ApiAccess Access => _access!;

    public override IReadOnlyList<int> Pids => [_process!.Id];

    public override Task<double> StartAsync(string directory)
    {
        _directory = directory;
        _port = FreePort();
        return RunAsync();
    }

    public override async Task<double> RestartAsync()
    {
        await DisposeAsync();
        return await RunAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        if (_process is null)
        {
            return;
        }

        Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]).Dispose();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private async Task<double> RunAsync()
    {
        var start = new ProcessStartInfo(executable) { RedirectStandardOutput = true };
        foreach (string argument in (string[])["apiserver", "--data-dir", _directory, "--listen", $"127.0.0.1:{_port.ToString(CultureInfo.InvariantCulture)}"])
        {
            start.ArgumentList.Add(argument);
        }

        var clock = Stopwatch.StartNew();
        _process = Process.Start(start)!;
        string? line = await _process.StandardOutput.ReadLineAsync();
        double seconds = clock.Elapsed.TotalSeconds;
        if (line != "ready")
        {
            throw new InvalidOperationException($"{executable} said \"{line}\", not \"ready\"");
        }

        _access = ApiAccess.Load(Path.Combine(_directory, "kubeconfig"));
        return seconds;
    }
}
