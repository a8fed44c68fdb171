using System.Diagnostics;
using System.Globalization;

namespace Lodestone.ApiServer.Metrics;

/// <summary>What Prometheus' own clients tell of a process, and the basics of .NET's runtime.</summary>
internal static class ProcessMetrics
{
    /// <summary>Adds them.</summary>
    public static void AddTo(MetricRegistry metrics)
    {
        metrics.Add(new ReadFamily("process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.", () => Environment.CpuUsage.TotalTime.TotalSeconds));
        metrics.Add(new ReadFamily("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", () => Environment.WorkingSet));
        metrics.Add(new ReadFamily("process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.", () => OfProcess(p => p.VirtualMemorySize64)));
        metrics.Add(new ReadFamily("process_open_fds", "gauge", "Number of open file descriptors.", OpenFiles));
        metrics.Add(new ReadFamily("process_max_fds", "gauge", "Maximum number of open file descriptors.", MaxFiles));
        metrics.Add(new ReadFamily("process_threads", "gauge", "Number of OS threads in the process.", () => OfProcess(p => p.Threads.Count)));
        double start = OfProcess(p => new DateTimeOffset(p.StartTime).ToUnixTimeMilliseconds() / 1000.0);
        metrics.Add(new ReadFamily("process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.", () => start));

        metrics.Add(new ReadFamily(
            "dotnet_gc_collections_total",
            "counter",
            "Garbage collections by the oldest generation collected.",
            "generation",
            () => Enumerable.Range(0, GC.MaxGeneration + 1).Select(g => ("gen" + g.ToString(CultureInfo.InvariantCulture), (double)GC.CollectionCount(g)))));
        metrics.Add(new ReadFamily("dotnet_gc_pause_seconds_total", "counter", "Time that all threads waited for garbage collection.", () => GC.GetTotalPauseDuration().TotalSeconds));
        metrics.Add(new ReadFamily("dotnet_gc_heap_bytes", "gauge", "Bytes in the managed heap, garbage included.", () => GC.GetTotalMemory(forceFullCollection: false)));
        metrics.Add(new ReadFamily("dotnet_gc_allocated_bytes_total", "counter", "Bytes allocated in the managed heap.", () => GC.GetTotalAllocatedBytes()));
        metrics.Add(new ReadFamily("dotnet_threadpool_threads", "gauge", "Threads of the thread pool.", () => ThreadPool.ThreadCount));
        metrics.Add(new ReadFamily("dotnet_threadpool_queue_length", "gauge", "Work items that wait for a thread of the pool.", () => ThreadPool.PendingWorkItemCount));
        metrics.Add(new ReadFamily("dotnet_threadpool_work_items_total", "counter", "Work items that the thread pool has completed.", () => ThreadPool.CompletedWorkItemCount));
        metrics.Add(new ReadFamily("dotnet_lock_contentions_total", "counter", "Times a thread had to wait for a lock.", () => Monitor.LockContentionCount));
    }

    private static double OfProcess(Func<Process, double> read)
    {
        using var process = Process.GetCurrentProcess();
        return read(process);
    }

    private static double OpenFiles() => Directory.Exists("/proc/self/fd") ? Directory.EnumerateFileSystemEntries("/proc/self/fd").Count() : 0;

    private static double MaxFiles()
    {
        const string Limits = "/proc/self/limits";
        string? line = File.Exists(Limits) ? File.ReadLines(Limits).FirstOrDefault(l => l.StartsWith("Max open files", StringComparison.Ordinal)) : null;
        return double.TryParse(line?[26..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture, out double limit) ? limit : 0;
    }
}
