using System.Net;
using System.Text;

using Lodestone.Api.Platform;
using Lodestone.Cli.Lab;
using Lodestone.Cli.Lab.Cluster;
using Lodestone.Cli.Lab.Traffic;
using Lodestone.Client.Http;
using Lodestone.EndToEnd.Tests.Soak;
using Lodestone.EndToEnd.Tests.Translation;
using Lodestone.Linux.Namespaces;

using static Lodestone.EndToEnd.Tests.Lab.LabObjects;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.EndToEnd.Tests.Packaging;

/// <summary>A lab whose one host is a <see cref="SystemdMachine"/>, where the package is installed and set up as <c>docs/operations/debian.md</c> says, with two targets.</summary>
internal sealed class SystemdSite : IAsyncDisposable
{
    public const string Former = "0.1.0~former";
    public const string Next = "0.1.0~next";

    private readonly string _packages = Directory.CreateTempSubdirectory("lodestone-packages-").FullName;
    private readonly List<WebServer> _servers = [];
    private NamespaceSockets _hostSockets = null!;

    private SystemdSite(NetworkLab lab) => Lab = lab;

    public NetworkLab Lab { get; }

    public SystemdMachine Machine { get; private set; } = null!;

    public ApiClient Api { get; private set; } = null!;

    public SequenceTraffic Packets { get; } = new();

    public IPAddress[] Vips { get; private set; } = [];

    public string ServerUrl => $"https://{new IPEndPoint(Lab.HostA.Ipv6, 6443)}";

    /// <summary>Boots the machine. Nothing is installed.</summary>
    public static async Task<SystemdSite> CreateAsync(CancellationToken cancellationToken)
    {
        var site = new SystemdSite(await NetworkLab.CreateAsync(new LabOptions { Hosts = [new("host-a", "web-1", "web-2")] }, null, cancellationToken));
        try
        {
            await Task.WhenAll(BootAsync(), PackAsync());
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }

        return site;

        async Task BootAsync() => site.Machine = await SystemdMachine.BootAsync(site.Lab, site.Lab.HostA, cancellationToken);

        async Task PackAsync()
        {
            foreach (string version in (string[])[Former, Next])
            {
                _ = await DebianPackage.BuildAsync(site._packages, version);
            }
        }
    }

    /// <summary>Installs a release of the package.</summary>
    /// <returns>What dpkg and the maintainer scripts said.</returns>
    public async Task<string> InstallAsync(string version)
    {
        string name = Path.GetFileName(Directory.EnumerateFiles(_packages, $"*_{version}_*").Single());
        File.Copy(Path.Combine(_packages, name), $"{Machine.Root}/root/{name}", overwrite: true);
        (int code, string output, string error) = await Machine.TryRunAsync("dpkg", "--install", $"/root/{name}");
        Assert.True(code == 0, output + error);
        return output + error;
    }

    /// <summary>Starts server and agent: the first machine, as in the documentation.</summary>
    /// <param name="agentOptions">Options beside those that say what this machine is.</param>
    public async Task StartAsync(params string[] agentOptions)
    {
        await WriteAsync("/etc/lodestone/server.env", $"LODESTONE_SERVER_OPTIONS=\"--listen {new IPEndPoint(Lab.HostA.Ipv6, 6443)}\"\n");
        await Machine.RunAsync("systemctl", "enable", "--now", "lodestone-server");
        string join = await Machine.RunAsync("lodestone", "token", "create", "--server", ServerUrl);
        await Machine.RunAsync(join.Trim().Split(' '));
        string options = string.Join(
            ' ',
            ["--uplink", LabNode.Device, "--role", "gateway", "--role", "hypervisor", "--xdp-mode", Lab.Options.XdpMode, "--underlay-prefix", $"{Lab.HostA.UnderlayPrefix}", .. agentOptions]);
        await WriteAsync("/etc/lodestone/agent.env", $"LODESTONE_AGENT_OPTIONS=\"{options}\"\n");
        await Machine.RunAsync("systemctl", "enable", "--now", "lodestone-agent");
        _hostSockets = new NamespaceSockets(Lab.HostA.Namespace);
        Api = NamespacedApi.Connect($"{Machine.Root}/var/lib/lodestone/server/kubeconfig", _hostSockets);
    }

    /// <summary>Makes a load balancer of both families with two targets that answer, and waits until it is served.</summary>
    public async Task BalanceAsync(string announcement, CancellationToken cancellationToken)
    {
        await CreateNetworkAsync(Api, Lab, Lab.Workloads, [], cancellationToken);
        _servers.AddRange(Lab.Workloads.Select(workload => new WebServer(workload.Namespace, workload.Name)));
        await Api.CreateAsync(PolicyOf("web", new LoadBalancerPolicySpec { Announcement = announcement }), cancellationToken);
        await CreateBalancerAsync("web", cancellationToken);
        Vips = await WaitUntilServedAsync("web", cancellationToken);
        foreach (LabWorkload workload in Lab.Workloads)
        {
            Packets.Listen(workload, Vips);
        }
    }

    /// <summary>Makes a load balancer with the targets of all.</summary>
    public Task CreateBalancerAsync(string name, CancellationToken cancellationToken) =>
        Api.CreateAsync(PublicBalancer(name, Tcp(WebServer.Port), Udp(SequenceTraffic.UdpPort)), cancellationToken);

    /// <summary>Waits until a load balancer is served; gives its addresses to the targets.</summary>
    public async Task<IPAddress[]> WaitUntilServedAsync(string name, CancellationToken cancellationToken)
    {
        IPAddress[] vips = await WaitForBalancerAsync(Api, name, "2/2", null, cancellationToken);
        foreach (LabWorkload workload in Lab.Workloads)
        {
            Array.ForEach(vips, vip => NetworkLab.AddVip(workload, vip));
        }

        return vips;
    }

    /// <summary>One request to each address.</summary>
    /// <param name="client">Where from.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task AssertReachedAsync(NetworkNamespace client, CancellationToken cancellationToken)
    {
        foreach (IPAddress vip in Vips)
        {
            Assert.Contains(await WebServer.GetAsync(client, vip, cancellationToken), Lab.Workloads.Select(workload => workload.Name));
        }
    }

    /// <summary>Requests, each over a new connection, until something is done; all have to be answered.</summary>
    public async Task ReachWhileAsync(NetworkNamespace client, Task task, CancellationToken cancellationToken)
    {
        do
        {
            await AssertReachedAsync(client, cancellationToken);
            await Task.Delay(20, cancellationToken);
        }
        while (!task.IsCompleted);
        await task;
    }

    /// <summary>Writes a file of the machine, over what is there.</summary>
    public Task WriteAsync(string path, string text) => File.WriteAllTextAsync(Machine.Root + path, text, new UTF8Encoding(false), TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        // Whatever fails, no machine stays.
        try
        {
            await Packets.DisposeAsync();
        }
        finally
        {
            _servers.ForEach(server => server.Dispose());
            Api?.Dispose();
            _hostSockets?.Dispose();
            if (Machine is not null)
            {
                await Machine.DisposeAsync();
            }

            await Lab.DisposeAsync();
            Directory.Delete(_packages, recursive: true);
        }
    }
}
