using System.Diagnostics;

using KubectlProgram = Lodestone.Aggregation.Tests.Support.Kubectl;

namespace Lodestone.ApiServer.Tests.Kubectl;

/// <summary>Runs the machine's <c>kubectl</c> against a server of its own.</summary>
public sealed class KubectlFixture : IAsyncLifetime
{
    private readonly ApiServerFixture _server = new();
    private readonly TempDirectory _home = new();

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _home.Dispose();
    }

    /// <summary>The kubectl of each minor version that the machine has, oldest first; <c>kubectl</c> where there are none.</summary>
    public static string[] Versions => KubectlProgram.Versions;

    private KubectlProgram Program => new(_server.Server.KubeconfigPath, _home.Path);

    internal Task<string> NamespaceAsync() => _server.NamespaceAsync();

    /// <summary>Runs a command that must succeed, and returns what it says.</summary>
    internal Task<string> RunAsync(string arguments, string? stdin = null, string? editor = null, string program = "kubectl") =>
        Program.RunAsync(arguments, stdin, editor, program);

    /// <summary>Starts a command whose output is read as it comes.</summary>
    internal Process Start(string arguments, string? editor = null, string program = "kubectl") => Program.Start(arguments, editor, program);

    /// <summary>Runs a command; arguments are separated by single spaces and hold none.</summary>
    internal Task<(int Code, string Output, string Errors)> TryRunAsync(
        string arguments, string? stdin = null, string? editor = null, string program = "kubectl") =>
        Program.TryRunAsync(arguments, stdin, editor, program);
}
