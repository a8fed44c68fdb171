using System.Runtime.InteropServices;

namespace Lodestone.Cli.Hosting;

/// <summary>Turns the first SIGINT, SIGTERM or SIGHUP into cancellation, so that commands stop in order; a later one ends the process at once.</summary>
/// <remarks>Several at once count as one: a terminal, <c>timeout</c> and a supervisor may each tell the whole process group.</remarks>
internal sealed class TerminationSignals : IDisposable
{
    private static readonly TimeSpan SameSignal = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Lock _lock = new();
    private long? _first;

    /// <summary>Starts listening.</summary>
    public TerminationSignals(TimeProvider time)
    {
        _time = time;
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, Handle));
        }
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    // Leaving Cancel unset keeps the signal's default action, which ends the process.
    private void Handle(PosixSignalContext context)
    {
        lock (_lock)
        {
            if (_first is { } first && _time.GetElapsedTime(first) > SameSignal)
            {
                return;
            }

            _first ??= _time.GetTimestamp();
            context.Cancel = true;
        }

        _source.Cancel();
    }
}
