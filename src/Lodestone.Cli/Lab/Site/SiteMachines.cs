using Lodestone.Agent;
using Lodestone.Linux.Netlink;

namespace Lodestone.Cli.Lab.Site;

/// <summary>What may happen to the machines of a site.</summary>
internal sealed class SiteMachines(LabSite site)
{
    /// <summary>Pulls a machine's cable at the switch, or puts it back. The router's own link stays as it is.</summary>
    public void SetCable(LabNode host, bool isPlugged)
    {
        using RtNetlink segment = RtNetlink.Open(site.Lab.Segment);
        segment.SetLink(segment.GetLink(host.Name).Index, new LinkSettings { IsUp = isPlugged });
    }

    /// <summary>
    /// A machine dies as by a power cut: no packet comes from it or through it from here on, and everything on it and in its workloads is killed with
    /// SIGKILL.
    /// </summary>
    /// <remarks>The cable first: else the kernel would close connections of dead processes, and tell the router what a dead machine can't.</remarks>
    public async Task KillAsync(LabHost host)
    {
        SetCable(host, isPlugged: false);
        await Task.WhenAll([NetworkLab.EndProcessesAsync(host.Namespace), .. WorkloadsOf(host).Select(workload => NetworkLab.EndProcessesAsync(workload.Namespace))]);
    }

    /// <summary>It comes back as after a boot: without programs, maps and files of its daemons.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="workloadsFirst">Whether its workloads' servers listen before its agent starts; otherwise all start at once.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task ReviveAsync(LabHost host, bool workloadsFirst, CancellationToken cancellationToken)
    {
        Task workloads = Task.WhenAll(WorkloadsOf(host).Select(workload => site.StartWorkloadAsync(workload, cancellationToken)));
        if (workloadsFirst)
        {
            await workloads;
        }

        host.Namespace.Run(() => NodeAgent.Remove(site.Paths.PinsOf(host)));
        if (Directory.Exists(site.Paths.BgpOf(host)))
        {
            Directory.Delete(site.Paths.BgpOf(host), recursive: true);
        }

        SetCable(host, isPlugged: true);
        await Task.WhenAll(site.StartAgentAsync(host, cancellationToken), workloads);
    }

    /// <summary>The workloads behind a machine.</summary>
    public IEnumerable<LabWorkload> WorkloadsOf(LabHost host) => site.Lab.Workloads.Where(workload => workload.Host == host);
}
