using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Json;
using Lodestone.Cli.Doctor;
using Lodestone.Cli.Lab;
using Lodestone.Client.Http;

namespace Lodestone.Cli.Demo;

/// <summary>Writes to the API as a user would: through kubectl where there is one, else through our own client.</summary>
internal sealed class ManifestApplier(NetworkLab lab, DemoPaths paths, ApiClient api)
{
    private readonly string? _kubectl = ToolChecks.Find("kubectl");

    /// <summary>What it writes through, for the text.</summary>
    public string Means => _kubectl is null ? "our own client (kubectl is not installed)" : "kubectl";

    /// <summary>Applies manifests of the samples directory.</summary>
    /// <param name="names">Relative to the directory, in order.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task ApplyAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        if (_kubectl is not null)
        {
            await KubectlAsync(["apply", .. names.SelectMany(n => (string[])["-f", Path.Combine(paths.Samples, n)])], cancellationToken);
            return;
        }

        foreach (string name in names)
        {
            using StreamReader reader = File.OpenText(Path.Combine(paths.Samples, name));
            foreach (JsonObject manifest in YamlJson.Read(reader))
            {
                await CreateAsync(manifest, cancellationToken);
            }
        }
    }

    /// <summary>Takes a label from a network interface.</summary>
    public async Task RemoveLabelAsync(string networkInterface, string label, CancellationToken cancellationToken)
    {
        if (_kubectl is not null)
        {
            await KubectlAsync(["label", "networkinterface", networkInterface, label + "-"], cancellationToken);
            return;
        }

        var patch = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { [label] = null } } };
        _ = await api.PatchAsync<NetworkInterface>(
            new ObjectKey("default", networkInterface), PatchType.Merge, Encoding.UTF8.GetBytes(patch.ToJsonString()), cancellationToken);
    }

    private Task CreateAsync(JsonObject manifest, CancellationToken cancellationToken) => (string?)manifest["kind"] switch
    {
        nameof(AddressPool) => CreateAsync<AddressPool>(manifest, cancellationToken),
        nameof(Network) => CreateAsync<Network>(manifest, cancellationToken),
        nameof(NetworkInterface) => CreateAsync<NetworkInterface>(manifest, cancellationToken),
        nameof(LoadBalancer) => CreateAsync<LoadBalancer>(manifest, cancellationToken),
        var kind => throw new CommandException($"the samples hold a {kind}, which the demo can apply only through kubectl"),
    };

    private async Task CreateAsync<T>(JsonObject manifest, CancellationToken cancellationToken)
        where T : KubernetesObject
    {
        var obj = (T)manifest.Deserialize(ResourceDefinitions.Of<T>().TypeInfo)!;
        _ = await api.CreateAsync(obj, cancellationToken);
    }

    private async Task KubectlAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var info = new ProcessStartInfo(_kubectl!, ["--kubeconfig", paths.Kubeconfig, "--cache-dir", paths.KubectlCache, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = lab.Start(lab.HostA, info);
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        string error = await process.StandardError.ReadToEndAsync(cancellationToken);
        _ = await output;
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new CommandException($"kubectl {string.Join(' ', arguments)}: {error.Trim()}");
        }
    }
}
