using System.Diagnostics;
using Lodestone.Client.Http;
using Lodestone.ControllerBench.Measure;
using Lodestone.Controllers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lodestone.ControllerBench.Scenarios;

/// <summary>All controllers in this process, and whether they have come to rest.</summary>
internal sealed class RunningControllers : IAsyncDisposable
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private readonly WorkMeter _meter;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Task _task;
    private long _synced;

    public RunningControllers(ApiClient client, BenchScale scale, WorkMeter meter)
    {
        _meter = meter;
        var options = new ControllerOptions { Workers = scale.Workers, Synced = () => _synced = Stopwatch.GetTimestamp() };
        _task = Task.Run(() => ControllerManager.RunAsync(client, options, NullLoggerFactory.Instance, TimeProvider.System, _stop.Token));
    }

    /// <summary>From the start until all caches were filled.</summary>
    public double SyncSeconds => Stopwatch.GetElapsedTime(_started, _synced).TotalSeconds;

    /// <summary>Waits until nothing was reconciled for a while. Seconds from the start to the last reconcile.</summary>
    public async Task<double> SettledAsync()
    {
        while (_synced == 0 || Stopwatch.GetElapsedTime(Math.Max(_meter.LastReconcile, _synced)) < Quiet)
        {
            if (_task.IsFaulted)
            {
                await _task;
            }

            await Task.Delay(50);
        }

        return Stopwatch.GetElapsedTime(_started, Math.Max(_meter.LastReconcile, _synced)).TotalSeconds;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _task;
        _stop.Dispose();
    }
}
