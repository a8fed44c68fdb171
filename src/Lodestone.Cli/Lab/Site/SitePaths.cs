using Lodestone.Linux.Kernel;

namespace Lodestone.Cli.Lab.Site;

/// <summary>Where a site keeps what is not in its network namespaces.</summary>
/// <param name="LabId">The lab's id.</param>
internal sealed record SitePaths(string LabId)
{
    // On tmpfs, like the note of the lab: both go with the namespaces when the machine restarts.
    private const string Root = "/run/lodestone";

    // Room for snapshots of what fills a log file, twice.
    private const long ServerDataBytes = 512L * 1024 * 1024;

    /// <summary>Store, credentials, logs.</summary>
    public string Directory => $"{Root}/lab-{LabId}";

    /// <summary>The API server's data directory, a file system of its own.</summary>
    public string ServerData => $"{Directory}/apiserver";

    /// <summary>The administrator's kubeconfig. Its server is the loopback of the API server's machine.</summary>
    public string Kubeconfig => $"{ServerData}/kubeconfig";

    /// <summary>What the processes write.</summary>
    public string Logs => $"{Directory}/logs";

    /// <summary>The key that all gateways have; the API server makes it.</summary>
    public string FlowHashKey => $"{ServerData}/flow-hash.key";

    /// <summary>Where the agents pin their maps and links, each below in a directory of its own.</summary>
    public string Pins => $"{BpfFileSystem.DefaultPath}/lodestone-lab-{LabId}";

    /// <summary>Where the agents' BGP daemons are, each below in a directory of its own; their users have to reach it.</summary>
    public string Bgp => $"/run/lodestone-bgp-{LabId}";

    /// <summary>Where the router's FRR is; its user has to reach it.</summary>
    public string Router => $"/run/lodestone-router-{LabId}";

    /// <summary>Credentials of a process.</summary>
    public string KubeconfigOf(string name) => $"{Directory}/{name}.kubeconfig";

    /// <summary>The pins of one host's agent.</summary>
    public string PinsOf(LabHost host) => $"{Pins}/{host.Name}";

    /// <summary>The BGP daemon's files of one host's agent.</summary>
    public string BgpOf(LabHost host) => $"{Bgp}/{host.Name}";

    /// <summary>Makes the directories.</summary>
    public void Create()
    {
        foreach (string directory in (string[])[Directory, ServerData, Logs])
        {
            _ = System.IO.Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        TemporaryFileSystem.Mount(ServerData, ServerDataBytes);
    }

    /// <summary>Removes all of it. Programs and maps go with their pins.</summary>
    public void Delete()
    {
        TemporaryFileSystem.Unmount(ServerData);
        foreach (string directory in FindRemains())
        {
            System.IO.Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>What is there of it.</summary>
    public IReadOnlyList<string> FindRemains() => [.. ((string[])[Pins, Bgp, Router, Directory]).Where(System.IO.Directory.Exists)];
}
