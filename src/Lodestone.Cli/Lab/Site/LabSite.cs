using System.Net;

using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Lodestone.ApiServer.Security;
using Lodestone.Cli.Lab.Cluster;
using Lodestone.Cli.Lab.Processes;
using Lodestone.Cli.Lab.Routing;
using Lodestone.Cli.Lab.Traffic;
using Lodestone.Cli.Terminal;
using Lodestone.Client.Http;
using Lodestone.Linux.Netlink;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Cli.Lab.Site;

/// <summary>
/// A site: a ToR router with clients behind it, three gateways, three hypervisors with ten workloads, an API server and two controllers. It outlives the
/// command that built it; another one opens it by its name.
/// </summary>
/// <remarks>Disposing only lets go of it.</remarks>
internal sealed class LabSite : IAsyncDisposable
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);

    private readonly NamespaceSockets _apiSockets;
    private readonly bool _verbose;

    private LabSite(NetworkLab lab, LabRouter router, TimeProvider time, bool verbose)
    {
        Lab = lab;
        Router = router;
        Time = time;
        _verbose = verbose;
        Paths = new SitePaths(lab.Id);
        Processes = new LabProcesses(lab, Paths.Logs, time);
        _apiSockets = new NamespaceSockets(Node(SitePlan.ApiServer).Namespace);
    }

    /// <summary>The machines and cables.</summary>
    public NetworkLab Lab { get; }

    /// <summary>The router, and where clients are.</summary>
    public LabRouter Router { get; }

    /// <summary>Files and pins.</summary>
    public SitePaths Paths { get; }

    /// <summary>What runs on the machines.</summary>
    public LabProcesses Processes { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>The API, with the administrator's credentials.</summary>
    public ApiClient Api { get; private set; } = null!;

    /// <summary>What is in the API.</summary>
    public SiteObjects Objects { get; private set; } = null!;

    /// <summary>The load balancers.</summary>
    public IReadOnlyList<SiteBalancer> Balancers { get; private set; } = [];

    /// <summary>The gateways at present.</summary>
    public IReadOnlyList<LabHost> Gateways => [.. Lab.Hosts.Where(host => SitePlan.Gateways.Contains(host.Name) || host.Name == SitePlan.SpareGateway)];

    /// <summary>The machines with workloads.</summary>
    public IReadOnlyList<LabHost> Hypervisors => [.. Lab.Hosts.Where(host => SitePlan.Hypervisors.Contains(host.Name))];

    /// <summary>Where machines of the segment reach the API.</summary>
    public Uri ApiUrl => new($"https://{new IPEndPoint(Node(SitePlan.ApiServer).Ipv6, SitePlan.ApiPort)}");

    /// <summary>Builds one that is called so. When that fails, what was built is removed.</summary>
    public static async Task<LabSite> BuildAsync(string name, StepConsole console, TimeProvider time, bool verbose, CancellationToken cancellationToken)
    {
        if (!FrrRouter.IsInstalled)
        {
            throw new CommandException("the lab's router and gateways run FRR, which is not here. On Debian: apt-get install frr && systemctl disable --now frr");
        }

        _ = await RemoveAsync(name);
        try
        {
            NetworkLab lab = await NetworkLab.CreateAsync(name, SitePlan.Network, new InlineProgress(console.Progress), cancellationToken);
            var paths = new SitePaths(lab.Id);
            paths.Create();
            console.Event($"network {lab.Id}: a segment with {lab.Hosts.Count} machines, {lab.Workloads.Count} workloads behind them, a router, clients behind it");
            LabRouter router = await LabRouter.BuildAsync(lab, paths.Router, SitePlan.RouterConfiguration(lab), arePoolsOnLink: true, cancellationToken);
            console.Event("router: FRR, ECMP by addresses and ports, BFD");
            var site = new LabSite(lab, router, time, verbose);
            await site.StartAsync(console, cancellationToken);
            lab.Keep();
            return site;
        }
        catch
        {
            _ = await RemoveAsync(name);
            throw;
        }
    }

    /// <summary>Opens the one that is called so; null: there is none, or it was not finished.</summary>
    public static async Task<LabSite?> TryOpenAsync(string name, TimeProvider time, bool verbose, CancellationToken cancellationToken)
    {
        if (NetworkLab.TryOpen(name, SitePlan.Network) is not { } lab)
        {
            return null;
        }

        var site = new LabSite(lab, LabRouter.Attach(lab, new SitePaths(lab.Id).Router), time, verbose);
        site.Connect();
        site.Balancers = await site.Objects.ListBalancersAsync(cancellationToken);
        return site;
    }

    /// <summary>Ends and removes everything that is called so, finished or not.</summary>
    /// <returns>Whether there was anything.</returns>
    public static async Task<bool> RemoveAsync(string name)
    {
        IReadOnlyList<string> removed = await NetworkLab.RemoveNamedAsync(name);
        foreach (string id in removed)
        {
            new SitePaths(id).Delete();
        }

        return removed.Count > 0;
    }

    /// <summary>A machine by its name.</summary>
    public LabHost Node(string name) => Lab.Hosts.First(host => host.Name == name);

    /// <summary>The name of a host's agent among the processes.</summary>
    public static string AgentOf(LabHost host) => $"agent-{host.Name}";

    /// <summary>Starts the API server; returns when it is ready.</summary>
    public async Task StartApiServerAsync(CancellationToken cancellationToken)
    {
        StartProcess(
            Node(SitePlan.ApiServer),
            SitePlan.ApiServer,
            ["apiserver", "--data-dir", Paths.ServerData, "--listen", $"127.0.0.1:{SitePlan.ApiPort}", "--listen", $"{new IPEndPoint(Node(SitePlan.ApiServer).Ipv6, SitePlan.ApiPort)}"]);
        await Processes.WaitUntilReadyAsync(SitePlan.ApiServer, ReadyLimit, cancellationToken);
    }

    /// <summary>Starts a controller; one that leads says <c>ready</c>.</summary>
    public void StartController(string name) =>
        StartProcess(Node(name), name, ["controller", "--kubeconfig", Paths.KubeconfigOf(name)]);

    /// <summary>Starts a host's agent; returns when its data path is attached.</summary>
    public async Task StartAgentAsync(LabHost host, CancellationToken cancellationToken)
    {
        StartProcess(
            host,
            AgentOf(host),
            [
                "agent",
                "--kubeconfig", Paths.KubeconfigOf(AgentOf(host)),
                "--host-name", host.Name,
                "--role", Hypervisors.Contains(host) ? "hypervisor" : "gateway",
                "--uplink", LabNode.Device,
                "--xdp-mode", Lab.Options.XdpMode,
                "--underlay-prefix", $"{host.UnderlayPrefix}",
                "--pin-dir", Paths.PinsOf(host),
                "--bgp-dir", Paths.BgpOf(host),
                "--bgp-shutdown-seconds", "2",
                "--flow-hash-key", Paths.FlowHashKey,
            ]);
        await Processes.WaitUntilReadyAsync(AgentOf(host), ReadyLimit, cancellationToken);
    }

    /// <summary>Runs a command as the administrator would, on the API server's machine, and waits for its end.</summary>
    /// <exception cref="CommandException">It failed; the message holds what it said.</exception>
    public Task RunCommandAsync(CancellationToken cancellationToken, params IReadOnlyList<string> arguments) =>
        Processes.RunAsync(Node(SitePlan.ApiServer), arguments, cancellationToken);

    /// <summary>Takes a gateway away whose agent has ended: its machine, its Host, its files.</summary>
    public async Task RemoveGatewayAsync(LabHost host, CancellationToken cancellationToken)
    {
        await Lab.RemoveHostAsync(host);
        foreach (string directory in (string[])[Paths.PinsOf(host), Paths.BgpOf(host)])
        {
            if (Directory.Exists(directory))
            {
                Directory.Delete(directory, recursive: true);
            }
        }

        await Api.DeleteAsync<Host>(new ObjectKey("", host.Name), null, cancellationToken);
    }

    /// <summary>Asks a process to end, and waits.</summary>
    public Task StopProcessAsync(string name) => Processes.StopAsync(name, StopLimit);

    /// <summary>Starts a workload's servers; returns when they listen.</summary>
    public async Task StartWorkloadAsync(LabWorkload workload, CancellationToken cancellationToken)
    {
        StartProcess(
            workload,
            workload.Name,
            [
                "workload", "--name", workload.Name,
                "--listen", $"[::]:{SitePlan.HttpPort}",
                "--stream", $"[::]:{SitePlan.StreamPort}",
                .. Balancers.SelectMany(balancer => balancer.Vips).SelectMany(vip => (string[])["--datagram", $"{new IPEndPoint(vip, SitePlan.DatagramPort)}"]),
            ]);
        await Processes.WaitUntilReadyAsync(workload.Name, ReadyLimit, cancellationToken);
    }

    /// <summary>Issues credentials for the agent of a host.</summary>
    public void IssueAgentCredentials(LabHost host)
    {
        using var credentials = Credentials.Open(Paths.ServerData, Time);
        Credentials.WriteSecret(Paths.KubeconfigOf(AgentOf(host)), credentials.IssueAgentKubeconfig(ApiUrl, host.Name));
    }

    /// <summary>Until the router sends to so many gateways for every address that is announced to it, and finds every other on the segment.</summary>
    public async Task WaitUntilAnnouncedAsync(int gateways, CancellationToken cancellationToken)
    {
        foreach (IPAddress vip in Balancers.Where(balancer => balancer.IsLayer3).SelectMany(balancer => balancer.Vips))
        {
            await Objects.WaitAsync(
                $"the router to have {gateways} next hops for {vip}",
                async () =>
                {
                    string[] hops = await Router.GatewaysOfAsync(vip, cancellationToken);
                    return (hops.Length == gateways, string.Join(", ", hops));
                },
                cancellationToken);
        }

        foreach (IPAddress vip in Balancers.Where(balancer => !balancer.IsLayer3).SelectMany(balancer => balancer.Vips))
        {
            await Objects.WaitAsync($"a gateway to answer for {vip} on the segment", () => Task.FromResult((OwnerOf(vip) is not null, "nobody")), cancellationToken);
        }
    }

    /// <summary>Which gateway the router takes an address to be at, by its neighbour table; asks on the segment where it does not know. Null: nobody answered yet.</summary>
    public LabHost? OwnerOf(IPAddress vip)
    {
        using RtNetlink netlink = RtNetlink.Open(Lab.Client.Namespace);
        if (netlink.TryGetNeighbour(Lab.Client.DeviceIndex, vip, out NeighbourInfo? neighbour) && neighbour.LinkAddress is { } address)
        {
            return Gateways.FirstOrDefault(host => host.LinkAddress == address);
        }

        netlink.StartResolving(Lab.Client.DeviceIndex, vip);
        return null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Api?.Dispose();
        _apiSockets.Dispose();
        Router.Clients.Dispose();
        await Lab.DisposeAsync();
    }

    private async Task StartAsync(StepConsole console, CancellationToken cancellationToken)
    {
        await StartApiServerAsync(cancellationToken);
        IssueCredentials();
        Connect();
        console.Event($"API server on {SitePlan.ApiServer}, {ApiUrl}");
        StartController(SitePlan.Controllers[0]);
        await Task.WhenAll([
            Processes.WaitUntilReadyAsync(SitePlan.Controllers[0], ReadyLimit, cancellationToken),
            .. Gateways.Concat(Hypervisors).Select(host => StartAgentAsync(host, cancellationToken))]);
        StartController(SitePlan.Controllers[1]);
        console.Event($"controllers: {string.Join(", ", SitePlan.Controllers)}; agents: {string.Join(", ", Gateways.Concat(Hypervisors).Select(host => host.Name))}");
        await Objects.CreateAsync(cancellationToken);
        Balancers = await Objects.WaitForAddressesAsync(cancellationToken);
        foreach (LabWorkload workload in Lab.Workloads)
        {
            foreach (IPAddress vip in Balancers.SelectMany(balancer => balancer.Vips))
            {
                NetworkLab.AddVip(workload, vip);
            }
        }

        await Task.WhenAll(Lab.Workloads.Select(workload => StartWorkloadAsync(workload, cancellationToken)));
        console.Event($"workloads: {string.Join(", ", Lab.Workloads.Select(workload => workload.Name))}");
        await WaitUntilWholeAsync(cancellationToken);
        foreach (SiteBalancer balancer in Balancers)
        {
            console.Event($"{balancer.Name}: {string.Join(", ", balancer.Vips)}, {(balancer.IsLayer3 ? "told to the router by every gateway" : $"on the segment by {OwnerOf(balancer.Vips[0])?.Name}")}");
        }
    }

    /// <summary>Until everything is as it was built.</summary>
    public async Task WaitUntilWholeAsync(CancellationToken cancellationToken)
    {
        await Objects.WaitUntilServedAsync(SitePlan.Gateways.Count, cancellationToken);
        await WaitUntilAnnouncedAsync(SitePlan.Gateways.Count, cancellationToken);
        await Objects.WaitUntilSettledAsync(cancellationToken);
    }

    private void StartProcess(LabNode node, string name, IReadOnlyList<string> arguments) =>
        Processes.Start(node, name, _verbose ? [.. arguments, "--verbose"] : arguments);

    private void Connect()
    {
        Api = NamespacedApi.Connect(Paths.Kubeconfig, _apiSockets);
        Objects = new SiteObjects(Lab, Api, Time);
    }

    private void IssueCredentials()
    {
        using var credentials = Credentials.Open(Paths.ServerData, Time);
        foreach (string controller in SitePlan.Controllers)
        {
            Credentials.WriteSecret(Paths.KubeconfigOf(controller), credentials.IssueControllerKubeconfig(ApiUrl));
        }

        foreach (LabHost host in Gateways.Concat(Hypervisors))
        {
            Credentials.WriteSecret(Paths.KubeconfigOf(AgentOf(host)), credentials.IssueAgentKubeconfig(ApiUrl, host.Name));
        }
    }
}
