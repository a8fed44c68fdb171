using System.Diagnostics;

namespace Lodestone.Cli.Lab.Processes;

/// <summary>Starts this executable again, or another one, with other arguments, on the nodes of a lab.</summary>
/// <param name="lab">The lab; it ends what is left when it is removed.</param>
/// <param name="logDirectory">Where the processes' stderr goes.</param>
/// <param name="executable">What to start instead of this one; null for none.</param>
internal sealed class LodestoneLauncher(NetworkLab lab, string logDirectory, string? executable = null)
{
    /// <summary>Starts it.</summary>
    /// <param name="node">Where it lives.</param>
    /// <param name="name">What it is called in messages, and in the name of its log file.</param>
    /// <param name="arguments">The command line after the executable.</param>
    public ManagedProcess Start(LabNode node, string name, params IReadOnlyList<string> arguments)
    {
        IReadOnlyList<string> line = LodestoneExecutable.CommandLine(executable, arguments);
        var info = new ProcessStartInfo(line[0], line.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process = lab.Start(node, info);
        process.StandardInput.Close();
        return new ManagedProcess(name, process, Path.Combine(logDirectory, name + ".log"));
    }
}
