using System.Diagnostics;
using System.Globalization;
using Lodestone.ApiBench.Targets;

namespace Lodestone.ApiBench.Load;

/// <summary>Does a bounded number of operations over as many connections as there are clients.</summary>
internal static class LoadPhase
{
    /// <summary>One operation: which number it has, over which connection; answers the HTTP code.</summary>
    public delegate ValueTask<int> Operation(int number, RawConnection connection);

    /// <summary>Runs operations 0 to <paramref name="count"/> - 1, or until the time is over.</summary>
    public static async Task<Summary> RunAsync(ApiAccess access, int clients, int count, TimeSpan limit, Operation operation)
    {
        RawConnection[] connections = await OpenAsync(access, clients);
        var latencies = new List<double>(count);
        int next = -1, errors = 0;
        string? firstError = null;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(connections.Select(connection => Task.Run(async () =>
        {
            var own = new List<double>(count / clients + 16);
            while (clock.Elapsed < limit)
            {
                int number = Interlocked.Increment(ref next);
                if (number >= count)
                {
                    break;
                }

                long started = Stopwatch.GetTimestamp();
                int code = await operation(number, connection);
                if (code is >= 200 and < 300)
                {
                    own.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                }
                else
                {
                    Interlocked.Increment(ref errors);
                    firstError ??= $"HTTP {code.ToString(CultureInfo.InvariantCulture)}";
                }
            }

            lock (latencies)
            {
                latencies.AddRange(own);
            }
        })));
        double seconds = clock.Elapsed.TotalSeconds;
        foreach (RawConnection connection in connections)
        {
            connection.Dispose();
        }

        return Summary.Of(latencies, seconds, errors, firstError);
    }

    /// <summary>Opens connections, a few at a time.</summary>
    public static async Task<RawConnection[]> OpenAsync(ApiAccess access, int count)
    {
        var connections = new RawConnection[count];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) => connections[i] = await RawConnection.OpenAsync(access));
        return connections;
    }
}
