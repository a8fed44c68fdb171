using System.Globalization;

namespace Lodestone.BenchKit;

/// <summary>What processes use, from <c>/proc</c>.</summary>
public static class ProcessUsage
{
    /// <summary>Resident bytes of all of them.</summary>
    public static long ResidentBytes(IEnumerable<int> pids) => pids.Sum(pid => Field($"/proc/{Text(pid)}/status", "VmRSS:") * 1024);

    /// <summary>Seconds of processor time of all of them since they started, at the kernel's 100 ticks a second.</summary>
    public static double CpuSeconds(IEnumerable<int> pids) => pids.Sum(pid =>
    {
        string stat = File.ReadAllText($"/proc/{Text(pid)}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
    });

    private static long Field(string path, string name)
    {
        string line = File.ReadLines(path).First(l => l.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    private static string Text(int pid) => pid.ToString(CultureInfo.InvariantCulture);
}
