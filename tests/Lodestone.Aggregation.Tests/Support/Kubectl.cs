using System.Diagnostics;

namespace Lodestone.Aggregation.Tests.Support;

/// <summary>The machine's <c>kubectl</c>, with one kubeconfig. The API server's tests run theirs with it too.</summary>
public sealed class Kubectl(string kubeconfig, string home)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The kubectl of each minor version that the machine has, oldest first; <c>kubectl</c> where there are none.</summary>
    public static string[] Versions { get; } = FindVersions();

    /// <summary>Runs a command that must succeed, and returns what it says. Arguments are separated by single spaces and hold none.</summary>
    public async Task<string> RunAsync(string arguments, string? stdin = null, string? editor = null, string? program = null)
    {
        (int code, string output, string errors) = await TryRunAsync(arguments, stdin, editor, program);
        Assert.True(code == 0, $"{program ?? "kubectl"} {arguments}: {code}\n{output}\n{errors}");
        return output;
    }

    /// <summary>Runs a command that must fail, and returns its errors.</summary>
    public async Task<string> FailAsync(string arguments, string? stdin = null)
    {
        (int code, string output, string errors) = await TryRunAsync(arguments, stdin);
        Assert.True(code != 0, $"kubectl {arguments} succeeded:\n{output}");
        return errors;
    }

    /// <summary>Runs a command.</summary>
    public async Task<(int Code, string Output, string Errors)> TryRunAsync(string arguments, string? stdin = null, string? editor = null, string? program = null)
    {
        using Process process = Start(arguments, editor, program);
        await process.StandardInput.WriteAsync(stdin);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using var deadline = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(deadline.Token);
        return (process.ExitCode, await output, await errors);
    }

    /// <summary>Starts a command whose output is read as it comes.</summary>
    public Process Start(string arguments, string? editor = null, string? program = null)
    {
        program ??= Versions[^1];
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["KUBECONFIG"] = kubeconfig, ["HOME"] = Path.Combine(home, Path.GetFileName(program)) },
        };
        foreach (string argument in arguments.Split(' '))
        {
            start.ArgumentList.Add(argument);
        }

        if (editor is not null)
        {
            start.Environment["KUBE_EDITOR"] = editor;
        }

        return Process.Start(start)!;
    }

    private static string[] FindVersions()
    {
        string path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(d => Path.Combine(d, "kubectl")).First(File.Exists);
        string real = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        string[] versions = [.. Directory.GetFiles(Path.GetDirectoryName(real)!, "kubectl.1.*").Order(StringComparer.Ordinal)];
        return versions.Length > 0 ? versions : ["kubectl"];
    }
}
