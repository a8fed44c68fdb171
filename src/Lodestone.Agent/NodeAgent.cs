using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Lodestone.Agent.Announce;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Counters;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Heartbeat;
using Lodestone.Agent.Kernel;
using Lodestone.Agent.Status;
using Lodestone.Bpf;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Datapath.Hashing;
using Lodestone.Linux.Kernel;
using Lodestone.Linux.Netlink;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lodestone.Agent;

/// <summary>The agent of one machine: API objects into BPF maps; announcements, statuses and counters back out.</summary>
/// <remarks>
/// All it does to the kernel it does in the network namespace that the process runs in. Programs and maps are pinned: they serve on
/// when the agent stops, is killed, or cannot reach the API server, and the next one goes on from what they hold.
/// </remarks>
public sealed partial class NodeAgent : IAsyncDisposable
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly NodeAgentOptions _options;
    private readonly ApiClient _client;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly Signal _changed = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _tasks = [];
    private KernelDatapath? _datapath;
    private AgentState? _state;

    /// <summary>An agent that has done nothing yet.</summary>
    /// <param name="options">The machine.</param>
    /// <param name="client">The API; the caller's, and disposed after the agent.</param>
    /// <param name="time">The clock; null: the system's.</param>
    /// <param name="loggers">Where to tell what happens; null: nowhere.</param>
    public NodeAgent(NodeAgentOptions options, ApiClient client, TimeProvider? time = null, ILoggerFactory? loggers = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(client);
        _options = options;
        _client = client;
        _time = time ?? TimeProvider.System;
        _loggers = loggers ?? NullLoggerFactory.Instance;
        _logger = _loggers.CreateLogger<NodeAgent>();
    }

    /// <summary>Detaches every program of a machine and removes its pins; nothing is served any more. The agent must not run.</summary>
    /// <param name="bpffsDirectory">As in <see cref="NodeAgentOptions.BpffsDirectory"/>; nothing happens where it does not exist.</param>
    public static void Remove(string bpffsDirectory) => new DatapathPins(bpffsDirectory).Remove();

    /// <summary>Runs until cancelled; then, or when something fails for good, stops.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await StartAsync(cancellationToken);
        try
        {
            Task ended = await Task.WhenAny(_tasks).WaitAsync(cancellationToken);
            await ended;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The way to stop an agent.
        }
        finally
        {
            await StopAsync();
        }
    }

    /// <summary>Loads and attaches the packet programs, then goes to work. Returns when they are attached; the API server need not be there.</summary>
    /// <exception cref="BpfException">The kernel refused, or what is pinned has another size or layout.</exception>
    /// <exception cref="Linux.LinuxException">There is no such uplink.</exception>
    /// <exception cref="InvalidOperationException">The uplink has no IPv6 address, or the agent runs already.</exception>
    public Task StartAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_datapath is not null)
        {
            throw new InvalidOperationException("the agent runs already");
        }

        UnderlayModel underlay = FindUnderlay();
        FlowSeed seed = FlowHashKey.LoadOrCreate(_options.FlowHashKeyFile);
        if (_options.BpffsDirectory.StartsWith(BpfFileSystem.DefaultPath, StringComparison.Ordinal) && !BpfFileSystem.IsMountedAt())
        {
            BpfFileSystem.Mount();
        }

        _datapath = KernelDatapath.Load(_options.BpffsDirectory, _options.Capacities);
        var applier = new DatapathApplier(_datapath.Maps, _time);
        applier.Configure(seed, underlay);
        _datapath.AttachUplink(underlay.Uplink.Index);
        string feature = _datapath.UplinkMode() == Bpf.XdpMode.Native ? "xdp-native" : "xdp-generic";
        Log.Attached(_logger, underlay.Uplink.Name, feature, underlay.Address, underlay.Prefix);

        var observer = new WorldObserver(_options, underlay, _client, _changed.Raise, _loggers, _time);
        var events = new EventRecorder(_client, "lodestone-agent", _options.HostName, _loggers.CreateLogger<EventRecorder>(), _time);
        var statuses = new StatusWriter(
            _client, observer.NetworkInterfaces, observer.LoadBalancers, events, _options.HostName, _loggers.CreateLogger<StatusWriter>(), _time);
        var announcer = new Announcer(() => observer.Underlay.Uplink, _loggers.CreateLogger<Announcer>(), _time);
        var registrar = new HostRegistrar(_client, () => FactsOf(observer.Underlay, feature), _loggers.CreateLogger<HostRegistrar>(), _time);
        CancellationToken stopping = _stopping.Token;
        _tasks.Add(Task.Run(() => observer.RunAsync(stopping), CancellationToken.None));
        _tasks.Add(Task.Run(() => events.RunAsync(stopping), CancellationToken.None));
        _tasks.Add(Task.Run(() => statuses.RunAsync(stopping), CancellationToken.None));
        _tasks.Add(Task.Run(() => announcer.RunAsync(stopping), CancellationToken.None));
        _tasks.Add(Task.Run(() => registrar.RunAsync(stopping), CancellationToken.None));
        _tasks.Add(Task.Run(() => ReconcileForeverAsync(observer, seed, applier, announcer, statuses, stopping), CancellationToken.None));
        return Task.CompletedTask;
    }

    /// <summary>Stops working. What is pinned goes on serving.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        try
        {
            await Task.WhenAll(_tasks);
        }
        catch (OperationCanceledException)
        {
            // That is what was asked for.
        }
        finally
        {
            _tasks.Clear();
            _datapath?.Dispose();
            _datapath = null;
        }
    }

    /// <summary>Whether what the API says was in the maps at least once.</summary>
    public bool IsSynced => Volatile.Read(ref _state) is not null;

    /// <summary>What the packet programs have counted; empty before the first reconciliation. Not after <see cref="StopAsync"/>.</summary>
    public CounterSnapshot ReadCounters() =>
        _datapath is { } datapath && Volatile.Read(ref _state) is { } state ? CounterReader.Read(datapath.Maps, state) : CounterSnapshot.Empty;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
        _changed.Dispose();
    }

    /// <summary>Keeps the data path as desired until cancelled.</summary>
    private async Task ReconcileForeverAsync(
        WorldObserver observer, FlowSeed seed, DatapathApplier applier, Announcer announcer, StatusWriter statuses, CancellationToken cancellationToken)
    {
        await observer.WaitForSyncAsync(cancellationToken);
        var attacher = new NicAttacher(_datapath!, _loggers.CreateLogger<NicAttacher>());
        var desired = DesiredState.Empty;
        UnderlayModel? configured = null;
        bool isApplied = false;
        DateTimeOffset sweepAt = _time.GetUtcNow() + DatapathApplier.SweepInterval;
        while (true)
        {
            TimeSpan wait;
            try
            {
                WorldSnapshot world = observer.Snapshot(out TimeSpan? until);
                if (configured != world.Underlay)
                {
                    applier.Configure(seed, world.Underlay);
                    _datapath!.AttachUplink(world.Underlay.Uplink.Index);
                    configured = world.Underlay;
                }

                desired = DesiredState.Compute(world, desired, _time.GetUtcNow());
                if (!isApplied && desired.Incomplete.Values.Any(since => _time.GetUtcNow() - since < DesiredStateBuilder.SliceLag))
                {
                    // What is pinned knows more than we do yet.
                    await _changed.WaitAsync(Earliest(sweepAt, desired.ChangesAt, null, until), _time, cancellationToken);
                    continue;
                }

                isApplied = true;
                ApplyResult applied = applier.Apply(desired, world.Underlay);
                Publish(desired, applied, attacher.Apply(desired.Nics), applier, announcer, statuses);
                if (_time.GetUtcNow() >= sweepAt)
                {
                    applier.Sweep();
                    sweepAt = _time.GetUtcNow() + DatapathApplier.SweepInterval;
                }

                wait = Earliest(sweepAt, desired.ChangesAt, applied.LookAgainAt, until);
            }
            catch (Exception e) when (e is BpfException or Linux.LinuxException or IOException)
            {
                // What was written is in the maps; a new applier sees it there.
                Log.NotApplied(_logger, e);
                applier = new DatapathApplier(_datapath!.Maps, _time);
                wait = RetryInterval;
            }

            await _changed.WaitAsync(wait, _time, cancellationToken);
        }
    }

    private void Publish(
        DesiredState desired,
        ApplyResult applied,
        ImmutableDictionary<uint, string> failures,
        DatapathApplier applier,
        Announcer announcer,
        StatusWriter statuses)
    {
        if (applied.Writes > 0)
        {
            Log.Applied(_logger, applied.Programmed.Count, desired.Reals.Length, applied.Writes);
        }

        foreach (Problem problem in applied.Problems)
        {
            Log.Refused(_logger, problem.Kind, problem.Key.ToString(), problem.Message);
        }

        var state = new AgentState(
            desired, applied, failures, applier.VipIds.ToImmutableDictionary(), applier.RealIndexes.ToImmutableDictionary());
        Volatile.Write(ref _state, state);
        announcer.Set([.. desired.Vips.Where(vip => vip.Announce && applied.Programmed.Contains(vip.Address)).Select(vip => vip.Address)]);
        statuses.Publish(state);
    }

    private TimeSpan Earliest(DateTimeOffset sweepAt, DateTimeOffset? changesAt, DateTimeOffset? lookAgainAt, TimeSpan? until)
    {
        DateTimeOffset now = _time.GetUtcNow();
        DateTimeOffset next = sweepAt;
        next = changesAt < next ? changesAt.Value : next;
        next = lookAgainAt < next ? lookAgainAt.Value : next;
        next = until is { } lives && now + lives < next ? now + lives : next;
        return next > now ? next - now : TimeSpan.Zero;
    }

    private UnderlayModel FindUnderlay()
    {
        using RtNetlink netlink = RtNetlink.Open();
        LinkInfo link = netlink.GetLink(_options.UplinkDevice);
        IPAddress? address = _options.UnderlayAddress;
        foreach (AddressInfo candidate in netlink.GetAddresses(link.Index))
        {
            if (candidate.Address is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv6LinkLocal: false, IsIPv6Multicast: false })
            {
                address ??= candidate.Address;
            }
        }

        return new UnderlayModel(
            DeviceTable.From(link),
            address ?? throw new InvalidOperationException($"uplink {link.Name} has no global IPv6 address; give it one, or name the underlay address"),
            _options.UnderlayPrefix ?? UnderlayAddress.DefaultPrefix("lodestone", _options.HostName));
    }

    private HostFacts FactsOf(UnderlayModel underlay, string xdpFeature) => new()
    {
        Name = _options.HostName,
        Roles = _options.Roles,
        UnderlayAddress = underlay.Address.ToString(),
        UnderlayPrefix = underlay.Prefix.ToString(),
        MtuBytes = underlay.Uplink.MtuBytes,
        KernelFeatures = [xdpFeature, "tcx"],
    };

    private static partial class Log
    {
        [LoggerMessage(4000, LogLevel.Information, "Attached to uplink {Uplink} ({Mode}); underlay address {Address}, prefix {Prefix}")]
        internal static partial void Attached(ILogger logger, string uplink, string mode, IPAddress address, IPNetwork prefix);

        [LoggerMessage(4001, LogLevel.Information, "The data path serves {Vips} VIPs with {Reals} targets ({Writes} writes)")]
        internal static partial void Applied(ILogger logger, int vips, int reals, long writes);

        [LoggerMessage(4002, LogLevel.Error, "The data path could not be brought to the desired state; what served goes on serving")]
        internal static partial void NotApplied(ILogger logger, Exception exception);

        [LoggerMessage(4003, LogLevel.Warning, "{Kind} {Name} does not fit the data path: {Message}")]
        internal static partial void Refused(ILogger logger, string kind, string name, string message);
    }
}
