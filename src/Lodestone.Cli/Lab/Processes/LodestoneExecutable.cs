namespace Lodestone.Cli.Lab.Processes;

/// <summary>How this executable is started again, with other arguments.</summary>
internal static class LodestoneExecutable
{
    /// <summary>The command line: the program first, its arguments after it.</summary>
    /// <param name="executable">What to start instead of this one; null for none.</param>
    /// <param name="arguments">The arguments of <c>lodestone</c>.</param>
    public static IReadOnlyList<string> CommandLine(string? executable, IReadOnlyList<string> arguments)
    {
        string self = executable ?? Environment.ProcessPath ?? throw new InvalidOperationException("this process does not know its own executable");

        // Under 'dotnet lodestone.dll' the executable is the runtime's.
        return Path.GetFileNameWithoutExtension(self) == "dotnet"
            ? [self, Path.Combine(AppContext.BaseDirectory, "lodestone.dll"), .. arguments]
            : [self, .. arguments];
    }
}
