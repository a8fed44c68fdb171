using System.Collections.Concurrent;
using Lodestone.Agent.Health;

namespace Lodestone.Agent.Tests.Health;

/// <summary>Says of each target what the test says; counts how many checks are under way at once.</summary>
internal sealed class FakeProber : IProber
{
    private readonly ConcurrentDictionary<string, ProbeResult> _results = new();
    private int _running;
    private int _most;
    private int _total;

    public int Most => Volatile.Read(ref _most);

    public int Total => Volatile.Read(ref _total);

    /// <summary>Held while checks are to hang.</summary>
    public TaskCompletionSource? Hang { get; set; }

    public void Say(string nic, ProbeResult result) => _results[nic] = result;

    public async Task<ProbeResult> ProbeAsync(HealthTarget target, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _total);
        int running = Interlocked.Increment(ref _running);
        for (int most = Most; running > most && Interlocked.CompareExchange(ref _most, running, most) != most; most = Most)
        {
        }

        if (Hang is { } hang)
        {
            await hang.Task.WaitAsync(cancellationToken);
        }

        Interlocked.Decrement(ref _running);
        return _results.GetValueOrDefault(target.Nic.Name, ProbeResult.Success);
    }
}
