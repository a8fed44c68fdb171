namespace Lodestone.EndToEnd.Tests.Services;

/// <summary>The executable with what the container of <c>lodestone manifests agent</c> has: root with four capabilities and no way to more.</summary>
internal sealed class PodProcess : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("lodestone-pod-");

    public PodProcess()
    {
        Executable = Path.Combine(_directory.FullName, "lodestone");
        File.WriteAllText(
            Executable,
            $"""
            #!/bin/sh
            exec setpriv --no-new-privs --bounding-set=-all,+bpf,+net_admin,+perfmon,+net_raw --inh-caps=-all -- {LodestoneProcess.Executable} "$@"

            """);
        File.SetUnixFileMode(Executable, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    public string Executable { get; }

    public void Dispose() => _directory.Delete(recursive: true);
}
