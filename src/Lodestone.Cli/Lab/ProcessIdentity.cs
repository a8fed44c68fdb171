using System.Diagnostics;
using System.Globalization;

namespace Lodestone.Cli.Lab;

/// <summary>A process that is not mistaken for a later one with the same number.</summary>
/// <param name="Id">Its number.</param>
/// <param name="StartTime">When it was started, in clock ticks since boot (proc(5), stat, field 22).</param>
internal readonly record struct ProcessIdentity(int Id, long StartTime)
{
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

        // The name, in parentheses, may hold anything; the state follows it, and a zombie is as good as gone.
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return fields[0] is "Z" or "X" ? null : new ProcessIdentity(id, long.Parse(fields[19], CultureInfo.InvariantCulture));
    }

    /// <summary>Whether it still runs.</summary>
    public bool IsAlive => Find(Id) == this;

    /// <summary>Ends it with SIGKILL and waits until it is gone.</summary>
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
            await process.WaitForExitAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // It ended by itself meanwhile.
        }
    }
}
