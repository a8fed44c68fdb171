using System.Diagnostics;
using System.Globalization;

namespace Lodestone.EndToEnd.Tests.Packaging;

/// <summary>Process 1 of a pid namespace that <c>unshare --fork</c> has made.</summary>
internal static class FirstProcess
{
    /// <summary>Waits until it is a program; before, a shell prepares what the program is to see.</summary>
    /// <param name="unshare">Its parent.</param>
    /// <param name="program">The program, as in <c>/proc/PID/comm</c>.</param>
    /// <param name="said">What was written meanwhile, for the failure.</param>
    /// <param name="limit">How long to wait.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Its pid outside.</returns>
    public static async Task<int> WaitAsync(Process unshare, string program, Func<string> said, TimeSpan limit, CancellationToken cancellationToken)
    {
        for (long start = Stopwatch.GetTimestamp(); ;)
        {
            if (await FindAsync(unshare.Id, program, cancellationToken) is { } pid)
            {
                return pid;
            }

            Assert.False(unshare.HasExited, $"{program} did not start: {said()}");
            Assert.True(Stopwatch.GetElapsedTime(start) < limit, $"{program} does not start: {said()}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }
    }

    private static async Task<int?> FindAsync(int parent, string program, CancellationToken cancellationToken)
    {
        try
        {
            string children = await File.ReadAllTextAsync(string.Create(CultureInfo.InvariantCulture, $"/proc/{parent}/task/{parent}/children"), cancellationToken);
            return int.TryParse(children.Trim(), CultureInfo.InvariantCulture, out int pid)
                && (await File.ReadAllTextAsync(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/comm"), cancellationToken)).Trim() == program
                ? pid
                : null;
        }
        catch (IOException)
        {
            return null; // One of them has ended.
        }
    }
}
