using System.Diagnostics;

namespace Lodestone.Aggregation.Tests.Support;

/// <summary><c>lodestone</c> as a process: the native executable where one is given, else what was built.</summary>
internal static class LodestoneCommand
{
    /// <summary>For what a command does at once.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static string Executable { get; } =
        Environment.GetEnvironmentVariable("LODESTONE_EXECUTABLE") is { Length: > 0 } path ? path : Path.Combine(AppContext.BaseDirectory, "lodestone");

    public static Process Start(params string[] arguments) => Process.Start(new ProcessStartInfo(Executable, arguments)
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience);
        return (process.ExitCode, await output, await errors);
    }
}
