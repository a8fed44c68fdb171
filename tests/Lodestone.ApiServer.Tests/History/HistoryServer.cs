using System.Diagnostics;

namespace Lodestone.ApiServer.Tests.History;

/// <summary>A server process that is killed and started again, and the way to the one that runs now.</summary>
internal sealed class HistoryServer(string directory) : IAsyncDisposable
{
    private Process? _process;
    private TaskCompletionSource<ApiClient> _running = NewSource();

    /// <summary>Starts a process and waits until it serves.</summary>
    public async Task StartAsync()
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Lodestone.ApiServer.TestHost");
        _process = Process.Start(new ProcessStartInfo(program, directory) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        string? line = await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.StartsWith("ready ", line, StringComparison.Ordinal);
        string kubeconfig = await File.ReadAllTextAsync(Path.Combine(directory, "kubeconfig"), TestContext.Current.CancellationToken);
        Volatile.Read(ref _running).SetResult(ApiClient.FromKubeconfig(kubeconfig));
    }

    /// <summary>Kills the process, as a power cut of this process alone would.</summary>
    public async Task KillAsync()
    {
        // First: whoever notices that the server is gone waits for the next one.
        Volatile.Write(ref _running, NewSource());
        _process!.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        _process.Dispose();
        _process = null;
    }

    /// <summary>A client of the server that runs, or of the next one to run.</summary>
    public Task<ApiClient> ClientAsync() => Volatile.Read(ref _running).Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await KillAsync();
        }
    }

    private static TaskCompletionSource<ApiClient> NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
