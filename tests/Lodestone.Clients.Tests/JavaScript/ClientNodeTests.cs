using System.Diagnostics;

namespace Lodestone.Clients.Tests.JavaScript;

/// <summary>The official JavaScript client, from npm, in a program of its own.</summary>
public sealed class ClientNodeTests(ServerFixture server)
{
    [Fact]
    public async Task Program_TypedCustomPatchInformer_RunsToItsEnd()
    {
        string directory = Path.Combine(AppContext.BaseDirectory, "JavaScript", "client");
        if (!Directory.Exists(Path.Combine(directory, "node_modules", "@kubernetes", "client-node")))
        {
            (int installed, string said) = await RunAsync("npm", directory, "ci", "--no-audit", "--no-fund", "--ignore-scripts");
            Assert.True(installed == 0, said);
        }

        (int code, string output) = await RunAsync("node", directory, "client.mjs", server.Kubeconfig);

        Assert.True(code == 0, output);
        Assert.Contains("{\"step\":\"end\",\"value\":\"ok\"}", output, StringComparison.Ordinal);
        Assert.DoesNotContain("error", output, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output)> RunAsync(string program, string directory, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program}: still running\n{await output}{await errors}");
        }

        return (process.ExitCode, await output + await errors);
    }
}
