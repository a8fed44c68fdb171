using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Lodestone.BenchKit;

/// <summary><c>lodestone apiserver</c> as a process of its own, on a port of its own.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process, string directory, double seconds)
    {
        _process = process;
        Kubeconfig = Path.Combine(directory, "kubeconfig");
        StartSeconds = seconds;
    }

    public int Pid => _process.Id;

    public string Kubeconfig { get; }

    /// <summary>From the start of the process until it said it is ready.</summary>
    public double StartSeconds { get; }

    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public static async Task<ServerProcess> StartAsync(string executable, string directory, int port)
    {
        var start = new ProcessStartInfo(executable) { RedirectStandardOutput = true };
        foreach (string argument in (string[])["apiserver", "--data-dir", directory, "--listen", $"127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}"])
        {
            start.ArgumentList.Add(argument);
        }

        var clock = Stopwatch.StartNew();
        Process process = Process.Start(start)!;
        string? line = await process.StandardOutput.ReadLineAsync();
        double seconds = clock.Elapsed.TotalSeconds;
        return line == "ready"
            ? new ServerProcess(process, directory, seconds)
            : throw new InvalidOperationException($"{executable} said \"{line}\", not \"ready\"");
    }

    public async ValueTask DisposeAsync()
    {
        Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]).Dispose();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
