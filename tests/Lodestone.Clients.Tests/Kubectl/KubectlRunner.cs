using System.Diagnostics;

namespace Lodestone.Clients.Tests.Kubectl;

/// <summary>Runs one version of <c>kubectl</c> in a namespace and a home directory of its own.</summary>
public sealed class KubectlRunner(ServerFixture server, string binary)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>The namespace of every command.</summary>
    public string Namespace { get; } = $"k-{Guid.NewGuid():N}";

    /// <summary>A runner whose namespace exists.</summary>
    public static async Task<KubectlRunner> CreateAsync(ServerFixture server, string binary)
    {
        var runner = new KubectlRunner(server, binary);
        await runner.RunAsync(["create", "namespace", runner.Namespace]);
        return runner;
    }

    /// <summary>Runs a command that must succeed; arguments are separated by single spaces.</summary>
    public Task<string> RunAsync(string arguments, string? stdin = null, string? editor = null) => RunAsync(arguments.Split(' '), stdin, editor);

    /// <summary>Runs a command that must succeed, and returns what it says on stdout.</summary>
    public async Task<string> RunAsync(IReadOnlyList<string> arguments, string? stdin = null, string? editor = null)
    {
        (int code, string output, string errors) = await TryRunAsync(arguments, stdin, editor);
        Assert.True(code == 0, $"{Path.GetFileName(binary)} {string.Join(' ', arguments)}: exit {code}\n{output}\n{errors}");
        return output;
    }

    /// <summary>Runs a command; arguments are separated by single spaces.</summary>
    public Task<(int Code, string Output, string Errors)> TryRunAsync(string arguments, string? stdin = null, string? editor = null) =>
        TryRunAsync(arguments.Split(' '), stdin, editor);

    /// <summary>Runs a command.</summary>
    public async Task<(int Code, string Output, string Errors)> TryRunAsync(IReadOnlyList<string> arguments, string? stdin = null, string? editor = null)
    {
        using Process process = Start(arguments, editor);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.StandardInput.WriteAsync(stdin);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It doesn't read its input.
        }

        using var deadline = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{Path.GetFileName(binary)} {string.Join(' ', arguments)}: still running after {Patience.TotalSeconds} s\n{await output}\n{await errors}");
        }

        return (process.ExitCode, await output, await errors);
    }

    /// <summary>Starts a command whose output is read as it comes.</summary>
    public Process Start(IReadOnlyList<string> arguments, string? editor = null)
    {
        var start = new ProcessStartInfo(binary)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["KUBECONFIG"] = server.Kubeconfig,
                ["HOME"] = Directory.CreateDirectory(Path.Combine(server.Scratch, Path.GetFileName(binary))).FullName,
            },
        };
        start.ArgumentList.Add("--namespace");
        start.ArgumentList.Add(Namespace);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        if (editor is not null)
        {
            start.Environment["KUBE_EDITOR"] = editor;
        }

        return Process.Start(start)!;
    }
}
