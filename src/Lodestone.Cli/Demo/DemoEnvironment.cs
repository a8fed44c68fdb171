using System.Net;

using Lodestone.Cli.Lab;
using Lodestone.Cli.Lab.Cluster;
using Lodestone.Cli.Lab.Processes;
using Lodestone.Cli.Lab.Traffic;
using Lodestone.Client.Http;

namespace Lodestone.Cli.Demo;

/// <summary>The lab and the processes in it: <c>lodestone server</c> on host-a, <c>lodestone agent</c> on host-b, a server in each workload.</summary>
/// <remarks>Disposing ends and removes all of it, in the opposite order, unless it is kept.</remarks>
internal sealed class DemoEnvironment : IAsyncDisposable
{
    private const int ApiPort = 6443;

    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);

    private readonly TimeProvider _time;
    private readonly bool _verbose;
    private readonly LodestoneLauncher _launcher;
    private readonly Dictionary<string, ManagedProcess> _processes = [];
    private bool _kept;

    private DemoEnvironment(NetworkLab lab, TimeProvider time, bool verbose, string? executable)
    {
        Lab = lab;
        Paths = new DemoPaths(lab.Id);
        _time = time;
        _verbose = verbose;
        _launcher = new LodestoneLauncher(lab, Paths.Logs, executable);
        ClientSockets = new NamespaceSockets(lab.Client.Namespace);
        HostSockets = new NamespaceSockets(lab.HostA.Namespace);
    }

    /// <summary>The machines and cables.</summary>
    public NetworkLab Lab { get; }

    /// <summary>Files and pins.</summary>
    public DemoPaths Paths { get; }

    /// <summary>Connections from the client.</summary>
    public NamespaceSockets ClientSockets { get; }

    /// <summary>Connections from host-a, where the API is on loopback.</summary>
    public NamespaceSockets HostSockets { get; }

    /// <summary>More options of both agents.</summary>
    public IReadOnlyList<string> MoreAgentOptions { get; set; } = [];

    /// <summary>Builds the lab; nothing runs in it yet.</summary>
    /// <param name="progress">Hears what is being built.</param>
    /// <param name="time">The clock.</param>
    /// <param name="verbose">Whether the processes log everything.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="executable">The <c>lodestone</c> to start; null for the one that runs.</param>
    /// <param name="options">What the lab is built from; null for the demo's.</param>
    public static async Task<DemoEnvironment> CreateAsync(
        IProgress<string> progress, TimeProvider time, bool verbose, CancellationToken cancellationToken, string? executable = null, LabOptions? options = null)
    {
        NetworkLab lab = await NetworkLab.CreateAsync(options ?? new LabOptions(), progress, cancellationToken);
        var environment = new DemoEnvironment(lab, time, verbose, executable);
        environment.Paths.Create();
        DemoSamples.Extract(environment.Paths.Samples);
        return environment;
    }

    /// <summary>Removes what earlier runs have left that did not end by themselves.</summary>
    /// <param name="includeKept">Also what was to be kept.</param>
    /// <returns>The ids of what was removed.</returns>
    public static async Task<IReadOnlyList<string>> CleanUpLeftoversAsync(bool includeKept)
    {
        IReadOnlyList<string> removed = await NetworkLab.CleanUpLeftoversAsync(includeKept);
        foreach (string id in removed)
        {
            new DemoPaths(id).Delete();
        }

        return removed;
    }

    /// <summary>Starts API server, controllers and agent of host-a, and returns when they are ready.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <param name="options">Options beside the usual ones.</param>
    public Task StartServerAsync(CancellationToken cancellationToken, params IReadOnlyList<string> options) => StartAsync(
        Lab.HostA,
        "server",
        [
            "server",
            "--data-dir", Paths.ServerData,
            "--listen", $"127.0.0.1:{ApiPort}",
            "--listen", $"{new IPEndPoint(Lab.HostA.Ipv6, ApiPort)}",
            .. AgentOptions(Lab.HostA),
            "--role", "gateway",
            "--role", "hypervisor",
            .. options,
        ],
        cancellationToken);

    /// <summary>Where host-b reaches the API.</summary>
    public Uri ServerUrl => new($"https://{new IPEndPoint(Lab.HostA.Ipv6, ApiPort)}");

    /// <summary>Issues credentials for the agent of host-b, through the command that an administrator would use.</summary>
    public async Task IssueAgentCredentialsAsync(CancellationToken cancellationToken)
    {
        ManagedProcess process = _launcher.Start(
            Lab.HostA,
            "credentials",
            "credentials", "agent", Lab.HostB.Name, "--data-dir", Paths.ServerData, "--server", $"{ServerUrl}", "--out", Paths.AgentKubeconfig);
        await using (process)
        {
            await process.WaitForSuccessAsync(cancellationToken);
        }
    }

    /// <summary>Starts the agent of host-b, and returns when its data path is attached.</summary>
    public Task StartAgentAsync(CancellationToken cancellationToken) => StartAsync(
        Lab.HostB,
        "agent",
        ["agent", "--kubeconfig", Paths.AgentKubeconfig, .. AgentOptions(Lab.HostB), "--role", "hypervisor"],
        cancellationToken);

    /// <summary>Starts the agent of host-b as a second gateway, and returns when its data path is attached.</summary>
    /// <param name="flowHashKey">Name of its flow hash key file beside the others; null: the one that host-a has too.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public Task StartSecondGatewayAsync(string? flowHashKey, CancellationToken cancellationToken) => StartAsync(
        Lab.HostB,
        "agent",
        ["agent", "--kubeconfig", Paths.AgentKubeconfig, .. AgentOptions(Lab.HostB, flowHashKey), "--role", "gateway", "--role", "hypervisor"],
        cancellationToken);

    /// <summary>Starts a workload's server, and returns when it listens.</summary>
    public Task StartWorkloadAsync(LabWorkload workload, CancellationToken cancellationToken) =>
        StartAsync(workload, workload.Name, ["workload", "--name", workload.Name, "--listen", "[::]:80"], cancellationToken);

    /// <summary>Sends SIGTERM to <c>server</c> or <c>agent</c>, and waits for its end.</summary>
    public async Task StopAsync(string name)
    {
        if (_processes.Remove(name, out ManagedProcess? process))
        {
            _ = await process.StopAsync(StopLimit, _time);
            await process.DisposeAsync();
        }
    }

    /// <summary>Sends SIGKILL to <c>server</c> or <c>agent</c>.</summary>
    public async Task KillAsync(string name)
    {
        if (_processes.Remove(name, out ManagedProcess? process))
        {
            await process.DisposeAsync();
        }
    }

    /// <summary>Sends SIGTERM to <c>server</c> or <c>agent</c>, and returns when it has ended.</summary>
    /// <param name="name">Which one.</param>
    /// <param name="limit">After this it is killed.</param>
    public async Task StopAsync(string name, TimeSpan limit)
    {
        if (_processes.Remove(name, out ManagedProcess? process))
        {
            _ = await process.StopAsync(limit, _time);
            await process.DisposeAsync();
        }
    }

    /// <summary>An API client with the administrator's credentials. The caller disposes it.</summary>
    public ApiClient ConnectApi() => NamespacedApi.Connect(Paths.Kubeconfig, HostSockets);

    /// <summary>From now on, disposing only lets go.</summary>
    public void Keep()
    {
        _kept = true;
        Lab.Keep();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        ClientSockets.Dispose();
        HostSockets.Dispose();
        if (!_kept)
        {
            // The server last: agents report to it while they stop.
            string[] order = [.. _processes.Keys.OrderBy(n => n switch { "server" => 2, "agent" => 1, _ => 0 })];
            foreach (string name in order)
            {
                _ = await _processes[name].StopAsync(StopLimit, _time);
                await _processes[name].DisposeAsync();
            }
        }

        await Lab.DisposeAsync();
        if (!_kept)
        {
            Paths.Delete();
        }
    }

    /// <summary>How the agent of a host is told about its machine.</summary>
    internal IEnumerable<string> AgentOptions(LabHost host, string? flowHashKey = null) =>
    [
        "--host-name", host.Name,
        "--uplink", LabNode.Device,
        "--xdp-mode", Lab.Options.XdpMode,
        .. Lab.Options.IsUnderlayIPv4 ? ["--underlay-address", $"{host.Ipv4}"] : (string[])["--underlay-prefix", $"{host.UnderlayPrefix}"],
        "--pin-dir", $"{Paths.Pins}/{host.Name}",
        "--bgp-dir", $"{Paths.Bgp}/{host.Name}",
        "--flow-hash-key", $"{Paths.Directory}/{flowHashKey ?? "flow-hash.key"}",
        .. MoreAgentOptions,
    ];

    private async Task StartAsync(LabNode node, string name, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        ManagedProcess process = _launcher.Start(node, name, _verbose ? [.. arguments, "--verbose"] : arguments);
        _processes.Add(name, process);
        await process.WaitUntilReadyAsync(ReadyLimit, _time, cancellationToken);
    }
}
