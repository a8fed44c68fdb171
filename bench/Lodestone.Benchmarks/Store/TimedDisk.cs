using System.Diagnostics;
using Lodestone.ApiServer.Storage.Files;
using Microsoft.Win32.SafeHandles;

namespace Lodestone.Benchmarks.Store;

/// <summary>The machine's disk, with a note of how long the writer's own thread was in its calls.</summary>
internal sealed class TimedDisk : StoreDisk
{
    /// <summary>Writes and syncs of commits.</summary>
    public Latencies Commits { get; } = new();

    public override void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        long start = Stopwatch.GetTimestamp();
        base.Write(file, bytes, offset);
        Note(start);
    }

    public override void Sync(SafeFileHandle file)
    {
        long start = Stopwatch.GetTimestamp();
        base.Sync(file);
        Note(start);
    }

    private void Note(long start)
    {
        if (Thread.CurrentThread.Name == "lodestone store writer")
        {
            Commits.Add(Stopwatch.GetElapsedTime(start));
        }
    }
}
