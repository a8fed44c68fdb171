using Lodestone.Linux.Kernel;

namespace Lodestone.Cli.Demo;

/// <summary>Where a demo keeps what is not in its network namespaces.</summary>
/// <param name="LabId">The lab's id.</param>
internal sealed record DemoPaths(string LabId)
{
    // On tmpfs, like the note of the lab: both go with the namespaces when the machine restarts.
    private const string Root = "/run/lodestone";

    /// <summary>Store, credentials, logs, manifests.</summary>
    public string Directory => $"{Root}/demo-{LabId}";

    /// <summary>The API server's data directory.</summary>
    public string ServerData => $"{Directory}/server";

    /// <summary>The administrator's kubeconfig. Its server is the loopback of <c>host-a</c>.</summary>
    public string Kubeconfig => $"{ServerData}/kubeconfig";

    /// <summary>Credentials of the agent of <c>host-b</c>.</summary>
    public string AgentKubeconfig => $"{Directory}/host-b.kubeconfig";

    /// <summary>What the processes write to stderr.</summary>
    public string Logs => $"{Directory}/logs";

    /// <summary>The manifests, as files.</summary>
    public string Samples => $"{Directory}/loadbalancer-public";

    /// <summary>What kubectl remembers of the API.</summary>
    public string KubectlCache => $"{Directory}/kubectl-cache";

    /// <summary>Where the agents pin their maps and links; each has a directory of its own below.</summary>
    public string Pins => $"{BpfFileSystem.DefaultPath}/lodestone-demo-{LabId}";

    /// <summary>Where the agents' BGP daemons are, each below in a directory of its own; their users have to reach it.</summary>
    public string Bgp => $"/run/lodestone-bgp-{LabId}";

    /// <summary>Makes the directories.</summary>
    public void Create()
    {
        foreach (string directory in (string[])[Directory, ServerData, Logs, Samples])
        {
            _ = System.IO.Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Removes all of it. Programs and maps go with their pins.</summary>
    public void Delete()
    {
        foreach (string directory in (string[])[Pins, Bgp, Directory])
        {
            if (System.IO.Directory.Exists(directory))
            {
                System.IO.Directory.Delete(directory, recursive: true);
            }
        }
    }

    /// <summary>What is there of it.</summary>
    public IEnumerable<string> FindRemains() => ((string[])[Pins, Bgp, Directory]).Where(System.IO.Directory.Exists);
}
