using Lodestone.ControllerBench.Measure;

namespace Lodestone.ControllerBench.Report;

/// <summary>What a run came to. Times in seconds or as named, memory in MB.</summary>
internal sealed record BenchResult
{
    public required string Machine { get; init; }

    public required string Date { get; init; }

    /// <summary>What ran: the server's executable, and that the controllers ran in this process under the JIT.</summary>
    public required string Setup { get; init; }

    public required int LoadBalancers { get; init; }

    public required int Interfaces { get; init; }

    public required int Networks { get; init; }

    public required int Workers { get; init; }

    /// <summary>From the start of the controllers on a filled world, of which nothing was reconciled, to the last reconcile.</summary>
    public required Phase FirstStart { get; init; }

    /// <summary>The same once everything is as it should be: nothing is written.</summary>
    public required Phase Restart { get; init; }

    public required RestPhase Rest { get; init; }

    /// <summary>Memory of the process with the controllers, after the second start, and of the server.</summary>
    public required Memory Memory { get; init; }

    public List<RatePhase> Changes { get; init; } = [];

    /// <summary>Work of one change by the number of load balancers, all in one network.</summary>
    public List<WorkBySize> Proportion { get; init; } = [];

    /// <summary>One load balancer with so many targets that its routing is in slices.</summary>
    public List<LargeRouting> LargeRoutings { get; init; } = [];

    public List<InformerPhase> Informers { get; init; } = [];
}

/// <summary>A start of the controllers.</summary>
internal sealed record Phase(double SyncSeconds, double SettledSeconds, long Reconciles, double ReconcilesPerSecond, long Writes, double WritesPerSecond, long Errors);

/// <summary>Nothing changes.</summary>
internal sealed record RestPhase(double Seconds, double ControllerCpuPercent, double ServerCpuPercent, long Reconciles, long Lists, long Writes);

/// <summary>Resident memory, and what of the managed heap is in use.</summary>
internal sealed record Memory(double ControllerMegabytes, double ControllerHeapMegabytes, double ServerMegabytes);

/// <summary>Label changes at a rate: from the change's request to the routing's event.</summary>
internal sealed record RatePhase(double PerSecond, Quantiles Latency, double ReconcilesPerChange, double WritesPerChange);

/// <summary>Work per label change. Processor time is that of the process with controllers, writer and watcher.</summary>
internal sealed record WorkBySize(int LoadBalancers, double ReconcilesPerChange, double ReconcileMicrosecondsPerChange, double CpuMicrosecondsPerChange, Quantiles Latency);

/// <summary>An informer filled by a list of a server, or fed with events from memory.</summary>
internal sealed record InformerPhase(string What, int Count, double Seconds, double PerSecond, double MegabytesPerSecond, double BytesPerObject);

/// <summary>A routing in slices: seconds from the load balancer's creation until it was whole, and a target's label change until the routing said so.</summary>
internal sealed record LargeRouting(string Server, int Targets, int Slices, double FirstSeconds, Quantiles Latency, double WritesPerChange, double ReconcilesPerChange, double CpuMillisecondsPerChange);
