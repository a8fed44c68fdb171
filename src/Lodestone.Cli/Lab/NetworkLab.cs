using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;
using Lodestone.Linux.Processes;

namespace Lodestone.Cli.Lab;

/// <summary>A small data centre in network namespaces: a client, an L2 segment, hosts and the workloads behind them.</summary>
/// <remarks>
/// <para>Namespaces are called <c>lodestone-ID-NAME</c>; several labs may exist at once. Everything is made with netlink, nothing needs to be installed.</para>
/// <para>Disposing removes all of it. What a run leaves that was killed, <see cref="CleanUpLeftoversAsync"/> of a later one removes.</para>
/// <para>Thread-safe.</para>
/// </remarks>
internal sealed partial class NetworkLab : IAsyncDisposable
{
    private const int LoopbackIndex = 1;

    private readonly Lock _gate = new();
    private readonly LabState _state;
    private readonly LabBuilder _builder;
    private readonly List<NetworkNamespace> _namespaces = [];
    private readonly List<LabHost> _hosts = [];
    private readonly List<LabWorkload> _workloads = [];
    private int _lastHostNumber;
    private int _lastWorkloadNumber;

    private NetworkLab(LabState state, LabOptions options)
    {
        _state = state;
        _builder = new LabBuilder(PrefixOf(state.Id), options);
        Options = options;
    }

    /// <summary>What tells this lab's names from another's.</summary>
    public string Id => _state.Id;

    /// <summary>What it was built from.</summary>
    public LabOptions Options { get; }

    /// <summary>The namespace of the bridge.</summary>
    public NetworkNamespace Segment { get; private set; } = null!;

    /// <summary>Where requests come from.</summary>
    public LabNode Client { get; private set; } = null!;

    /// <summary>The first host.</summary>
    public LabHost HostA => Hosts[0];

    /// <summary>The second host.</summary>
    public LabHost HostB => Hosts[1];

    /// <summary>The hosts at present, in the order in which they were made.</summary>
    public IReadOnlyList<LabHost> Hosts
    {
        get
        {
            lock (_gate)
            {
                return [.. _hosts];
            }
        }
    }

    /// <summary>Whether it was built to its end and outlives who built it.</summary>
    public bool IsKept => _state.IsKept;

    /// <summary>The processes that were given a name and run.</summary>
    public IReadOnlyDictionary<string, ProcessIdentity> Processes
    {
        get
        {
            lock (_gate)
            {
                return _state.RunningByName;
            }
        }
    }

    /// <summary>The workloads at present.</summary>
    public IReadOnlyList<LabWorkload> Workloads
    {
        get
        {
            lock (_gate)
            {
                return [.. _workloads];
            }
        }
    }

    /// <summary>Builds a lab. When that fails, what was built is removed.</summary>
    /// <exception cref="Linux.LinuxException">The kernel refused, mostly for lack of root.</exception>
    public static Task<NetworkLab> CreateAsync(LabOptions options, IProgress<string>? progress, CancellationToken cancellationToken) =>
        CreateAsync(null, options, progress, cancellationToken);

    /// <summary>Builds a lab that a later run finds by a name, once it is kept. When that fails, what was built is removed.</summary>
    /// <exception cref="Linux.LinuxException">The kernel refused, mostly for lack of root.</exception>
    public static async Task<NetworkLab> CreateAsync(string? name, LabOptions options, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        LabState state = ReserveId(name);
        try
        {
            // Some fifty quick system calls in a row.
            return await Task.Run(() => Build(state, options, progress, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await RemoveAsync(state.Id, state).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Opens the lab of a name that another run has built and kept; null: there is none.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="options">What it was built from.</param>
    /// <exception cref="Linux.LinuxException">Parts of it are missing.</exception>
    public static NetworkLab? TryOpen(string name, LabOptions options) =>
        LabState.ListIds().Select(LabState.TryLoad).FirstOrDefault(state => state is { IsKept: true } && state.Name == name) is { } found ? Open(found, options) : null;

    /// <summary>Removes every lab of a name, finished or not.</summary>
    /// <returns>The ids of what was removed.</returns>
    public static async Task<IReadOnlyList<string>> RemoveNamedAsync(string name)
    {
        var removed = new List<string>();
        foreach (LabState state in LabState.ListIds().Select(LabState.TryLoad).OfType<LabState>().Where(state => state.Name == name))
        {
            await RemoveAsync(state.Id, state).ConfigureAwait(false);
            removed.Add(state.Id);
        }

        return removed;
    }

    /// <summary>Removes labs whose maker is gone.</summary>
    /// <param name="includeKept">Also those that were to be kept, but for those with a name.</param>
    /// <returns>The ids of what was removed.</returns>
    public static async Task<IReadOnlyList<string>> CleanUpLeftoversAsync(bool includeKept)
    {
        var ids = new SortedSet<string>(LabState.ListIds(), StringComparer.Ordinal);
        foreach (string name in NetworkNamespace.List())
        {
            if (NamespaceName().Match(name) is { Success: true } match)
            {
                _ = ids.Add(match.Groups["id"].Value);
            }
        }

        var removed = new List<string>();
        foreach (string id in ids)
        {
            LabState? state = LabState.TryLoad(id);
            if (state is { Owner.IsAlive: true } || (state is { IsKept: true } && (!includeKept || state.Name is not null)))
            {
                continue;
            }

            await RemoveAsync(id, state).ConfigureAwait(false);
            removed.Add(id);
        }

        return removed;
    }

    /// <summary>Plugs another host into the segment.</summary>
    /// <exception cref="Linux.LinuxException">The kernel refused, or the name is taken.</exception>
    public LabHost AddHost(string name)
    {
        lock (_gate)
        {
            LabHost host = _builder.BuildHost(Segment, CreateNamespace(name), name, ++_lastHostNumber);
            _hosts.Add(host);
            return host;
        }
    }

    /// <summary>Ends what runs on a host that has no workloads, and takes it away.</summary>
    public async Task RemoveHostAsync(LabHost host)
    {
        lock (_gate)
        {
            _ = _hosts.Remove(host);
            _ = _namespaces.Remove(host.Namespace);
        }

        await EndProcessesAsync(host.Namespace).ConfigureAwait(false);
        host.Namespace.Dispose();
        NetworkNamespace.Delete(host.Namespace.Name);
    }

    /// <summary>Attaches another workload to a host.</summary>
    /// <exception cref="Linux.LinuxException">The kernel refused, or the name is taken.</exception>
    public LabWorkload AddWorkload(string name, LabHost host)
    {
        lock (_gate)
        {
            LabWorkload workload = _builder.BuildWorkload(CreateNamespace(name), host, name, ++_lastWorkloadNumber);
            _workloads.Add(workload);
            return workload;
        }
    }

    /// <summary>Makes a workload own a VIP, on its loopback: packets for it are accepted, nobody is told.</summary>
    public static void AddVip(LabWorkload workload, IPAddress vip)
    {
        using RtNetlink netlink = RtNetlink.Open(workload.Namespace);
        netlink.AddAddress(LoopbackIndex, vip, PrefixLengthOf(vip));
    }

    /// <summary>Takes a VIP from a workload.</summary>
    public static void RemoveVip(LabWorkload workload, IPAddress vip)
    {
        using RtNetlink netlink = RtNetlink.Open(workload.Namespace);
        netlink.DeleteAddress(LoopbackIndex, vip, PrefixLengthOf(vip));
    }

    /// <summary>Starts a process on a node. The caller disposes the object; the lab ends the process at the latest when it is removed.</summary>
    /// <param name="node">Where it lives.</param>
    /// <param name="startInfo">What to start.</param>
    /// <param name="name">What a later run finds it by, a word; null for nothing.</param>
    public Process Start(LabNode node, ProcessStartInfo startInfo, string? name = null)
    {
        Process process = node.Namespace.Start(startInfo);
        lock (_gate)
        {
            if (ProcessIdentity.Find(process.Id) is { } identity)
            {
                _state.AddProcess(identity, name);
            }
        }

        return process;
    }

    /// <summary>Ends everything that lives in a namespace with SIGKILL, all at once, and waits until it is gone.</summary>
    public static Task EndProcessesAsync(NetworkNamespace network) => Task.WhenAll(network.ListProcesses()
        .Where(pid => pid != Environment.ProcessId)
        .Select(ProcessIdentity.Find)
        .OfType<ProcessIdentity>()
        .Select(process => process.KillAsync(withChildren: false)));

    /// <summary>Lets the lab outlive this process. <see cref="DisposeAsync"/> then only lets go of it.</summary>
    public void Keep()
    {
        lock (_gate)
        {
            _state.Keep();
        }
    }

    /// <summary>What still exists of the lab: namespaces, processes, its note in <c>/run</c>. Empty after it was removed.</summary>
    public IReadOnlyList<string> FindRemains()
    {
        var remains = new List<string>();
        remains.AddRange(NetworkNamespace.List().Where(name => name.StartsWith(PrefixOf(Id), StringComparison.Ordinal)).Select(name => $"network namespace {name}"));
        lock (_gate)
        {
            remains.AddRange(_state.Processes.Where(process => process.IsAlive).Select(process => $"process {process.Id}"));
        }

        if (LabState.Exists(Id))
        {
            remains.Add($"state of lab {Id}");
        }

        return remains;
    }

    /// <summary>Ends the processes and removes everything, unless the lab is kept.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (NetworkNamespace network in _namespaces)
        {
            network.Dispose();
        }

        if (!_state.IsKept)
        {
            await RemoveAsync(Id, _state).ConfigureAwait(false);
        }
    }

    private static NetworkLab Build(LabState state, LabOptions options, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        progress?.Report($"{options.ClientName}, segment, {string.Join(", ", options.Hosts.Select(host => host.Name))}");
        var lab = new NetworkLab(state, options);
        lab.Segment = lab.CreateNamespace("segment");
        lab._builder.BuildSegment(lab.Segment);
        lab.Client = lab._builder.BuildClient(lab.Segment, lab.CreateNamespace(options.ClientName));
        foreach (LabHostPlan plan in options.Hosts)
        {
            _ = lab.AddHost(plan.Name);
        }

        foreach ((string workload, LabHost host) in lab.PlannedWorkloads())
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report($"{workload} on {host.Name}");
            _ = lab.AddWorkload(workload, host);
        }

        return lab;
    }

    private static NetworkLab Open(LabState state, LabOptions options)
    {
        var lab = new NetworkLab(state, options);
        lab.Segment = lab.OpenNamespace("segment");
        lab.Client = lab._builder.DescribeClient(lab.OpenNamespace(options.ClientName));
        foreach (LabHostPlan plan in options.Hosts)
        {
            lab._hosts.Add(LabBuilder.DescribeHost(lab.OpenNamespace(plan.Name), plan.Name, ++lab._lastHostNumber));
        }

        foreach ((string workload, LabHost host) in lab.PlannedWorkloads())
        {
            lab._workloads.Add(LabBuilder.DescribeWorkload(lab.OpenNamespace(workload), host, workload, ++lab._lastWorkloadNumber));
        }

        return lab;
    }

    private IEnumerable<(string Workload, LabHost Host)> PlannedWorkloads() =>
        Options.Hosts.SelectMany((plan, i) => plan.Workloads.Select(workload => (workload, _hosts[i])));

    private static LabState ReserveId(string? name)
    {
        while (true)
        {
            if (LabState.TryCreate(RandomNumberGenerator.GetHexString(4, lowercase: true), name) is { } state)
            {
                return state;
            }
        }
    }

    // Processes first, since they keep namespaces alive; the note last, so that an interrupted removal is taken up again.
    private static async Task RemoveAsync(string id, LabState? state)
    {
        foreach (ProcessIdentity process in state?.Processes ?? [])
        {
            await process.KillAsync().ConfigureAwait(false);
        }

        foreach (string name in NetworkNamespace.List())
        {
            if (name.StartsWith(PrefixOf(id), StringComparison.Ordinal))
            {
                // Daemons that processes of the lab have started live on without them.
                using (var network = NetworkNamespace.Open(name))
                {
                    await EndProcessesAsync(network).ConfigureAwait(false);
                }

                NetworkNamespace.Delete(name);
            }
        }

        LabState.Remove(id);
    }

    private static string PrefixOf(string id) => $"lodestone-{id}-";

    private static int PrefixLengthOf(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;

    [GeneratedRegex("^lodestone-(?<id>[0-9a-f]{4})-")]
    private static partial Regex NamespaceName();

    private NetworkNamespace CreateNamespace(string name)
    {
        NetworkNamespace created = _builder.CreateNamespace(name);
        _namespaces.Add(created);
        return created;
    }

    private NetworkNamespace OpenNamespace(string name)
    {
        var opened = NetworkNamespace.Open(PrefixOf(Id) + name);
        _namespaces.Add(opened);
        return opened;
    }
}
