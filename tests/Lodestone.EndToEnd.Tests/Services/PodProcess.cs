using System.Text.Json.Nodes;

using Lodestone.Cli.Manifests;

namespace Lodestone.EndToEnd.Tests.Services;

/// <summary>The executable with what the container of <c>lodestone manifests agent</c> has: root with a few capabilities and no way to more.</summary>
internal sealed class PodProcess : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("lodestone-pod-");

    /// <param name="bgp">Whether it is one of <c>--bgp</c>.</param>
    public PodProcess(bool bgp = false)
    {
        string capabilities = string.Concat(CapabilitiesOf(bgp).Select(name => $",+{name.ToLowerInvariant()}"));
        Executable = Path.Combine(_directory.FullName, "lodestone");
        File.WriteAllText(
            Executable,
            $"""
            #!/bin/sh
            exec setpriv --no-new-privs --bounding-set=-all{capabilities} --inh-caps=-all -- {LodestoneProcess.Executable} "$@"

            """);
        File.SetUnixFileMode(Executable, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    public string Executable { get; }

    /// <summary>Names of the capabilities that the manifest gives an agent.</summary>
    public static IReadOnlyList<string> CapabilitiesOf(bool bgp)
    {
        JsonObject daemons = AgentManifests.All(new ManifestOptions { Image = "any", Namespace = "any", Bgp = bgp }).Single(o => (string?)o["kind"] == "DaemonSet");
        return [.. daemons["spec"]!["template"]!["spec"]!["containers"]![0]!["securityContext"]!["capabilities"]!["add"]!.AsArray().Select(name => (string)name!)];
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
