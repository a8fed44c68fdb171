using System.Diagnostics;
using Xunit;

namespace Lodestone.Controllers.Tests.Clusters;

/// <summary>Installs as people do: <c>lodestone manifests ... | kubectl apply -f -</c>.</summary>
internal static class Installer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    internal static Task ApplyAsync(string kubeconfig, string what, params string[] options) => ApplyAsync(kubeconfig, what, withoutPods: false, options);

    internal static async Task ApplyAsync(string kubeconfig, string what, bool withoutPods, params string[] options)
    {
        string yaml = await RunAsync(Path.Combine(AppContext.BaseDirectory, "lodestone"), null, ["manifests", what, .. options]);
        if (withoutPods)
        {
            yaml = string.Join("---\n", yaml.Split("---\n").Where(d => !d.Contains("\nkind: Deployment\n", StringComparison.Ordinal)));
        }

        string cache = Directory.CreateTempSubdirectory("lodestone-kubectl-").FullName;
        await RunAsync("kubectl", yaml, "--kubeconfig", kubeconfig, "--cache-dir", cache, "apply", "-f", "-");
        Directory.Delete(cache, recursive: true);
    }

    private static async Task<string> RunAsync(string program, string? input, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var deadline = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(deadline.Token);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {process.ExitCode}\n{await output}\n{await errors}");
        return await output;
    }
}
