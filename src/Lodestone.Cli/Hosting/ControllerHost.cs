using Lodestone.Client.Config;
using Lodestone.Client.Http;
using Lodestone.Controllers;

using Microsoft.Extensions.Logging;

namespace Lodestone.Cli.Hosting;

/// <summary>The controllers, running in this process against an API that a kubeconfig names.</summary>
internal sealed class ControllerHost : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ApiClient _client;
    private int _phase;

    private ControllerHost(string? kubeconfigPath, ControllerOptions options, ILoggerFactory loggers, TimeProvider time)
    {
        _client = new ApiClient(kubeconfigPath is null ? KubeConfig.InCluster() : KubeConfig.Load(kubeconfigPath), new ApiClientOptions { UserAgent = "lodestone-controller", FieldManager = "lodestone-controller" }, time);
        options = options with { Synced = () => _synced.TrySetResult(), PhaseChanged = phase => Phase = phase };
        Completion = ControllerManager.RunAsync(_client, options, loggers, time, _stop.Token);
    }

    /// <summary>Ends when the controllers do: after a stop, or with the exception that ended them.</summary>
    public Task Completion { get; }

    /// <summary>What they are doing.</summary>
    public ControllerPhase Phase { get => (ControllerPhase)Volatile.Read(ref _phase); private set => Volatile.Write(ref _phase, (int)value); }

    /// <summary>Starts them; they wait for an API server that is not there yet.</summary>
    /// <param name="kubeconfigPath">How to reach the API; null: as the pod's service account.</param>
    /// <param name="options">Their policy.</param>
    /// <param name="loggers">Where they log to.</param>
    /// <param name="time">The clock.</param>
    public static ControllerHost Start(string? kubeconfigPath, ControllerOptions options, ILoggerFactory loggers, TimeProvider time) =>
        new(kubeconfigPath, options, loggers, time);

    /// <summary>Waits until their caches are filled and they act on changes.</summary>
    public async Task WaitUntilSyncedAsync(CancellationToken cancellationToken) =>
        await await Task.WhenAny(_synced.Task, Completion).WaitAsync(cancellationToken);

    /// <summary>Stops them and waits until the last has finished what it was doing.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await Completion;
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }

        _client.Dispose();
        _stop.Dispose();
    }
}
