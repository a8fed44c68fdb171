using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;

namespace Lodestone.Cli.Lab;

/// <summary>A small data centre in network namespaces: a client, an L2 segment, two hosts and the workloads behind them.</summary>
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
    private readonly List<LabWorkload> _workloads = [];
    private int _lastWorkloadNumber;

    private NetworkLab(LabState state, LabOptions options)
    {
        _state = state;
        _builder = new LabBuilder(PrefixOf(state.Id), options);
        Options = options;

        NetworkNamespace segment = CreateNamespace("segment");
        _builder.BuildSegment(segment);
        Segment = segment;
        Client = _builder.BuildClient(segment, CreateNamespace("client"));
        HostA = _builder.BuildHost(segment, CreateNamespace("host-a"), "host-a", 1);
        HostB = _builder.BuildHost(segment, CreateNamespace("host-b"), "host-b", 2);
    }

    /// <summary>What tells this lab's names from another's.</summary>
    public string Id => _state.Id;

    /// <summary>What it was built from.</summary>
    public LabOptions Options { get; }

    /// <summary>The namespace of the bridge.</summary>
    public NetworkNamespace Segment { get; }

    /// <summary>Where requests come from.</summary>
    public LabNode Client { get; }

    /// <summary>Gateway and hypervisor.</summary>
    public LabHost HostA { get; }

    /// <summary>Hypervisor.</summary>
    public LabHost HostB { get; }

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
    public static async Task<NetworkLab> CreateAsync(LabOptions options, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        LabState state = ReserveId();
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

    /// <summary>Removes labs whose maker is gone.</summary>
    /// <param name="includeKept">Also those that were to be kept.</param>
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
            if (state is { Owner.IsAlive: true } || (state is { IsKept: true } && !includeKept))
            {
                continue;
            }

            await RemoveAsync(id, state).ConfigureAwait(false);
            removed.Add(id);
        }

        return removed;
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
    public Process Start(LabNode node, ProcessStartInfo startInfo)
    {
        Process process = node.Namespace.Start(startInfo);
        lock (_gate)
        {
            if (ProcessIdentity.Find(process.Id) is { } identity)
            {
                _state.AddProcess(identity);
            }
        }

        return process;
    }

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
        progress?.Report("client, segment, host-a and host-b");
        var lab = new NetworkLab(state, options);
        foreach ((LabHost host, IReadOnlyList<string> names) in new[] { (lab.HostA, options.WorkloadsOnHostA), (lab.HostB, options.WorkloadsOnHostB) })
        {
            foreach (string name in names)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Report($"{name} on {host.Name}");
                _ = lab.AddWorkload(name, host);
            }
        }

        return lab;
    }

    private static LabState ReserveId()
    {
        while (true)
        {
            if (LabState.TryCreate(RandomNumberGenerator.GetHexString(4, lowercase: true)) is { } state)
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
}
