using System.Diagnostics;

namespace Lodestone.ApiServer.Tests.Kubectl;

/// <summary>Runs the machine's <c>kubectl</c> against a server of its own.</summary>
public sealed class KubectlFixture : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly ApiServerFixture _server = new();
    private readonly TempDirectory _home = new();

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _home.Dispose();
    }

    /// <summary>The kubectl of each minor version that the machine has, oldest first; <c>kubectl</c> where there are none.</summary>
    public static string[] Versions { get; } = FindVersions();

    internal Task<string> NamespaceAsync() => _server.NamespaceAsync();

    /// <summary>Runs a command that must succeed, and returns what it says.</summary>
    internal async Task<string> RunAsync(string arguments, string? stdin = null, string? editor = null, string program = "kubectl")
    {
        (int code, string output, string errors) = await TryRunAsync(arguments, stdin, editor, program);
        Assert.True(code == 0, $"{program} {arguments}: {code}\n{output}\n{errors}");
        return output;
    }

    /// <summary>Starts a command whose output is read as it comes.</summary>
    internal Process Start(string arguments, string? editor = null, string program = "kubectl")
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["KUBECONFIG"] = _server.Server.KubeconfigPath, ["HOME"] = Path.Combine(_home.Path, Path.GetFileName(program)) },
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

    /// <summary>Runs a command; arguments are separated by single spaces and hold none.</summary>
    internal async Task<(int Code, string Output, string Errors)> TryRunAsync(
        string arguments, string? stdin = null, string? editor = null, string program = "kubectl")
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

    private static string[] FindVersions()
    {
        string path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(d => Path.Combine(d, "kubectl")).First(File.Exists);
        string real = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        string[] versions = [.. Directory.GetFiles(Path.GetDirectoryName(real)!, "kubectl.1.*").Order(StringComparer.Ordinal)];
        return versions.Length > 0 ? versions : ["kubectl"];
    }
}
