using System.Diagnostics;
using System.Globalization;

namespace Lodestone.Linux.Processes;

/// <summary>A process, a child of ours or not, that is not mistaken for a later one with the same number.</summary>
/// <param name="Id">Its number.</param>
/// <param name="StartTime">When it was started, in clock ticks since boot (proc(5), stat, field 22).</param>
public readonly record struct ProcessIdentity(int Id, long StartTime)
{
    private const int ThreadsField = 17;
    private const int StartTimeField = 19;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);

    /// <summary>The running process of that number; null when there is none.</summary>
    public static ProcessIdentity? Find(int id)
    {
        string stat;
        try
        {
            stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
        }
        catch (IOException)
        {
            return null;
        }

        // The name, in parentheses, may hold anything; the state follows it. A zombie is as good as gone, but for one whose other threads still end.
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (fields[0], fields[ThreadsField]) is ("X", _) or ("Z", "0" or "1") ? null : new ProcessIdentity(id, long.Parse(fields[StartTimeField], CultureInfo.InvariantCulture));
    }

    /// <summary>Whether it still runs.</summary>
    public bool IsAlive => Find(Id) == this;

    /// <summary>Ends it with SIGKILL and waits until it is gone: not until its parent knows, which for a daemon is the machine's first process, and may take seconds.</summary>
    /// <param name="withChildren">Also what it started.</param>
    public async Task KillAsync(bool withChildren = true)
    {
        if (!IsAlive)
        {
            return;
        }

        try
        {
            using var process = Process.GetProcessById(Id);
            process.Kill(withChildren);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // It ended by itself meanwhile.
        }

        while (IsAlive)
        {
            await Task.Delay(PollInterval).ConfigureAwait(false);
        }
    }
}
