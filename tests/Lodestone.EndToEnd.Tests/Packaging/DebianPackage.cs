using System.Diagnostics;

namespace Lodestone.EndToEnd.Tests.Packaging;

/// <summary>Makes Debian packages of the executable under test, as <c>eng/deb</c> does.</summary>
internal static class DebianPackage
{
    /// <summary>The repository.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Whether the executable under test is the native one, of which packages are made.</summary>
    public static bool IsNative => !File.Exists(Path.ChangeExtension(LodestoneProcess.Executable, "dll")) && !File.Exists(LodestoneProcess.Executable + ".dll");

    /// <summary>Makes one.</summary>
    /// <returns>The package's path.</returns>
    public static async Task<string> BuildAsync(string directory, string version)
    {
        // Beside the executable that is built with the tests lies all that the tests need.
        string from = IsNative ? Path.GetDirectoryName(Path.GetFullPath(LodestoneProcess.Executable))! : $"{Repository}/artifacts/bin/Lodestone.Cli/release";
        string output = await RunAsync($"{Repository}/eng/deb", "--fast", "--from", from, "--version", version, "--out", directory);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
    }

    /// <summary>Runs a program that has to succeed.</summary>
    /// <returns>What it wrote to stdout.</returns>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        (int code, string output, string error) = await TryRunAsync(program, arguments);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)}: {code}\n{output}\n{error}");
        return output;
    }

    /// <summary>Runs a program.</summary>
    public static async Task<(int Code, string Output, string Error)> TryRunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, error);
    }

    private static string FindRepository()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "Lodestone.slnx")))
        {
            directory = Path.GetDirectoryName(directory);
        }

        return directory ?? throw new InvalidOperationException("the tests do not run within the repository");
    }
}
