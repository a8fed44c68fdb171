namespace Lodestone.ApiBench.Targets;

/// <summary>A server under load; every start is from an empty directory, every restart on the one it has.</summary>
internal abstract class ApiTarget : IAsyncDisposable
{
    /// <summary>The name in tables and pictures.</summary>
    public abstract string Name { get; }

    /// <summary>How to reach it, once it is started.</summary>
    public abstract ApiAccess Access { get; }

    /// <summary>All processes it consists of.</summary>
    public abstract IReadOnlyList<int> Pids { get; }

    /// <summary>Starts on an empty directory, with the kinds that are written.</summary>
    /// <returns>Seconds from the start of the process until it said it is ready.</returns>
    public abstract Task<double> StartAsync(string directory);

    /// <summary>Stops and starts on the same directory.</summary>
    /// <returns>Seconds from the start of the process until it said it is ready.</returns>
    public abstract Task<double> RestartAsync();

    public abstract ValueTask DisposeAsync();
}
