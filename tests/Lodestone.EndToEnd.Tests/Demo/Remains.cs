using Lodestone.Linux.Kernel;
using Lodestone.Linux.Namespaces;

namespace Lodestone.EndToEnd.Tests.Demo;

/// <summary>What demos have left on this machine.</summary>
internal static class Remains
{
    /// <summary>Namespaces, files, pins and processes of demos; empty when all is clean.</summary>
    public static IReadOnlyList<string> Find() =>
    [
        .. NetworkNamespace.List().Where(n => n.StartsWith("lodestone-", StringComparison.Ordinal)).Select(n => "namespace " + n),
        .. Entries("/run/lodestone", "demo-*"),
        .. Entries("/run/lodestone/labs", "*"),
        .. Entries(BpfFileSystem.DefaultPath, "lodestone-demo-*"),
        .. Processes(),
    ];

    private static IEnumerable<string> Entries(string directory, string pattern) =>
        Directory.Exists(directory) ? Directory.EnumerateFileSystemEntries(directory, pattern) : [];

    // Whatever was started for a demo names its directory, or is a workload.
    private static IEnumerable<string> Processes()
    {
        foreach (string directory in Directory.EnumerateDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0])))
        {
            string[] words;
            try
            {
                words = File.ReadAllText(Path.Combine(directory, "cmdline")).Split('\0');
            }
            catch (IOException)
            {
                continue;
            }

            if (words.Any(w => w.StartsWith("/run/lodestone/demo-", StringComparison.Ordinal)) || (words.Length > 2 && words[1] == "workload" && words[2] == "--name"))
            {
                yield return $"process {Path.GetFileName(directory)}: {string.Join(' ', words)}";
            }
        }
    }
}
