using Lodestone.Cli.Lab;
using Lodestone.Linux.Kernel;
using Lodestone.Linux.Namespaces;

namespace Lodestone.EndToEnd.Tests.Demo;

/// <summary>What demos have left on this machine.</summary>
internal static class Remains
{
    /// <summary>Namespaces, files, pins and processes of demos and labs; empty when all is clean. What another test process, or a lab that stands, uses now is none.</summary>
    /// <param name="withNamed">Whether a lab with a name, which is to stand, is one.</param>
    public static IReadOnlyList<string> Find(bool withNamed = false)
    {
        LabState[] others =
        [
            .. LabState.ListIds()
                .Select(LabState.TryLoad)
                .OfType<LabState>()
                .Where(lab => lab.Owner.Id != Environment.ProcessId && (lab.Owner.IsAlive || (lab.Name is not null && !withNamed))),
        ];
        return
        [
            .. NetworkNamespace.List().Where(n => n.StartsWith("lodestone-", StringComparison.Ordinal) && IsNobodys(n)).Select(n => "namespace " + n),
            .. Entries("/run/lodestone", "demo-*").Where(IsNobodys),
            .. Entries("/run/lodestone/labs", "*").Where(IsNobodys),
            .. Entries(BpfFileSystem.DefaultPath, "lodestone-demo-*").Where(IsNobodys),
            .. Processes([.. others.SelectMany(lab => lab.Processes).Select(process => process.Id)]).Where(IsNobodys),
        ];

        bool IsNobodys(string text) => !others.Any(lab => text.Contains(lab.Id, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Entries(string directory, string pattern) =>
        Directory.Exists(directory) ? Directory.EnumerateFileSystemEntries(directory, pattern) : [];

    // Whatever was started for a demo names its directory, or is a workload.
    private static IEnumerable<string> Processes(HashSet<int> others)
    {
        foreach (string directory in Directory.EnumerateDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out int id) && !others.Contains(id)))
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
