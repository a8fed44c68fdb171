using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Lodestone.Agent.Announce;
using Lodestone.Agent.Announce.Bgp;
using Lodestone.Agent.Announce.Layer2;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Counters;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Health;
using Lodestone.Agent.Heartbeat;
using Lodestone.Agent.Kernel;
using Lodestone.Agent.Status;
using Lodestone.Bpf;
using Lodestone.Api.Networking;
using Lodestone.Client.Certificates;
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
    private readonly AnnouncedVips _onSegment = new(VipAnnouncement.Layer2);
    private readonly AnnouncedVips _byBgp = new(VipAnnouncement.Bgp);
    private KernelDatapath? _datapath;
    private AgentState? _state;
    private UplinkAttachment? _attachment;
    private int _announced;
    private EventRecorder? _events;
    private Func<ApiContact>? _contact;
    private CertificateRenewal? _renewal;
    private BgpSpeaker? _bgp;
    private BgpSessionWriter? _sessions;
    private readonly ApiFreshness _freshness = new();
    private HealthChecker? _checker;

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

        _datapath = KernelDatapath.Load(
            _options.BpffsDirectory,
            _options.Capacities,
            new AttachOptions { Mode = _options.XdpMode, UseTcFilters = _options.UseTcFilters },
            logger: _loggers.CreateLogger<KernelDatapath>());
        var applier = new DatapathApplier(_datapath.Maps, _time);
        applier.Configure(seed, underlay);
        if (!_datapath.IsServedByOthers)
        {
            _datapath.AttachUplink(underlay.AttachIndex, underlay.Uplink.MtuBytes, HookOf(underlay));
            TellAttached(underlay);
        }

        bool isGateway = _options.Roles.Contains("Gateway", StringComparer.Ordinal);
        Layer2Announcement? layer2 = null;
        var observer = new WorldObserver(_options, underlay, _client, _changed.Raise, () => layer2?.Resume(), _loggers, _time);
        var lease = new HostLease(
            _client,
            _options.HostName,
            isGateway,
            _options.LeaseDuration,
            away => TellRegained(observer, away),
            _loggers.CreateLogger<HostLease>(),
            _time);
        layer2 = new Layer2Announcement(() => observer.Underlay.Uplink, () => lease.IsValid, observer.ClaimantOf, _changed.Raise, _loggers, _time);
        var events = new EventRecorder(_client, "lodestone-agent", _options.HostName, _loggers.CreateLogger<EventRecorder>(), _time);
        Volatile.Write(ref _events, events);
        Volatile.Write(ref _contact, () => new ApiContact(observer.EventAges(), lease.Age));
        var probes = new ProbeLink(_datapath, _time, _loggers.CreateLogger<ProbeLink>());
        StatusWriter? statuses = null;
        _checker = new HealthChecker(
            new SocketProber(new ProbeSource(() => probes.Index).Open, _time),
            () => statuses!.HealthChanged(),
            new Random(),
            _time,
            _loggers.CreateLogger<HealthChecker>());
        HealthChecker checker = _checker;
        statuses = new StatusWriter(
            _client,
            observer.NetworkInterfaces,
            observer.LoadBalancers,
            events,
            _options.HostName,
            () => checker.Known,
            _loggers.CreateLogger<StatusWriter>(),
            _time,
            forgetsHealth: !_datapath.HasServedBefore);
        var registrar = new HostRegistrar(_client, () => FactsOf(observer), () => observer.OwnHost, _loggers.CreateLogger<HostRegistrar>(), _time);
        _sessions = new BgpSessionWriter(_client, observer.BgpPeers, events, _options.HostName, _loggers.CreateLogger<BgpSessionWriter>(), _time);
        _bgp = new BgpSpeaker(
            _options.Bgp,
            _options.HostName,
            BgpDrivers.Create(_options.Bgp, _loggers, _time),
            new BgpPasswordSource(_client, _loggers.CreateLogger<BgpPasswordSource>(), _time),
            _sessions.Publish,
            _loggers.CreateLogger<BgpSpeaker>(),
            _time);
        CancellationToken stopping = _stopping.Token;
        if (_options.RenewedKubeconfig is { } kubeconfig)
        {
            var requester = new AgentCertificateRequester(_client, _time);
            _renewal = new CertificateRenewal(
                kubeconfig, _options.HostName, token => requester.RequestAsync(_options.HostName, waiting: null, token), _loggers.CreateLogger<CertificateRenewal>(), _time);
            _tasks.Add(Task.Run(() => _renewal.RunAsync(stopping), CancellationToken.None));
        }

        _tasks.Add(Task.Run(() => observer.RunAsync(stopping), CancellationToken.None));
        _tasks.Add(Task.Run(() => events.RunAsync(stopping), CancellationToken.None));
        _tasks.Add(Task.Run(() => statuses.RunAsync(stopping), CancellationToken.None));
        _tasks.Add(Task.Run(() => layer2.RunAsync(stopping), CancellationToken.None));
        _tasks.Add(Task.Run(() => WhenServingAsync(lease.RunAsync, statuses, stopping), CancellationToken.None));
        _tasks.Add(Task.Run(() => WhenServingAsync(registrar.RunAsync, statuses, stopping), CancellationToken.None));
        _tasks.Add(Task.Run(() => _bgp.RunAsync(stopping), CancellationToken.None));
        _tasks.Add(Task.Run(() => _sessions.RunAsync(stopping), CancellationToken.None));
        _tasks.Add(Task.Run(() => HearRoutersAsync(_datapath.Maps, stopping), CancellationToken.None));
        _tasks.Add(Task.Run(() => checker.RunAsync(stopping), CancellationToken.None));
        _tasks.Add(Task.Run(() => ReconcileForeverAsync(observer, seed, applier, layer2, registrar, statuses, probes, checker, stopping), CancellationToken.None));
        return Task.CompletedTask;
    }

    /// <summary>Stops working. What is pinned goes on serving; routes are withdrawn from BGP routers first, unless another agent follows (<see cref="BgpOptions.HandOverFile"/>).</summary>
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
            await LeaveAsync();
            _datapath?.Dispose();
            _datapath = null;
        }
    }

    /// <summary>Whether what the API says was in the maps at least once.</summary>
    public bool IsSynced => Volatile.Read(ref _state) is not null;

    /// <summary>How it stands with the certificate that the agent renews; null where it renews none.</summary>
    public CertificateStatus? Certificate => _renewal?.Status;

    /// <summary>How the uplink's programs are attached; null until they are (an older release may still serve).</summary>
    public UplinkAttachment? Attachment => Volatile.Read(ref _attachment);

    /// <summary>How long ago the API was heard of.</summary>
    public ApiContact Contact => Volatile.Read(ref _contact)?.Invoke() ?? ApiContact.None;

    /// <summary>What the packet programs have counted; empty before the first reconciliation. Not after <see cref="StopAsync"/>.</summary>
    public CounterSnapshot ReadCounters() =>
        _datapath is { } datapath && Volatile.Read(ref _state) is { } state ? CounterReader.Read(datapath.Maps, state) : CounterSnapshot.Empty;

    /// <summary>What there is to count of BGP.</summary>
    public BgpTotals BgpTotals => _bgp?.Totals ?? BgpTotals.Empty;

    /// <summary>What health checks have come to.</summary>
    public HealthTotals ReadHealth() => _checker?.ReadTotals() ?? HealthTotals.Empty;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
        _changed.Dispose();
    }

    private async Task LeaveAsync()
    {
        if (Interlocked.Exchange(ref _bgp, null) is not { } bgp)
        {
            return;
        }

        bool isGone = await bgp.StopAsync(CancellationToken.None);
        bgp.Dispose();
        if (isGone && _sessions is { } sessions)
        {
            await sessions.RemoveAllAsync();
        }

        _sessions?.Dispose();
    }

    /// <summary>Does what says that the machine lives: at once where the data path has served all along, else when it serves and the API has been told.</summary>
    /// <remarks>From then on the targets of a machine that has just booted get new flows again, by what is said of them: that must not be from before.</remarks>
    private async Task WhenServingAsync(Func<CancellationToken, Task> run, StatusWriter statuses, CancellationToken cancellationToken)
    {
        if (!_datapath!.HasServedBefore)
        {
            await statuses.Told.WaitAsync(cancellationToken);
        }

        await run(cancellationToken);
    }

    /// <summary>Looks every second whether routers said what fits, until cancelled.</summary>
    private async Task HearRoutersAsync(IDatapathMaps maps, CancellationToken cancellationToken)
    {
        ulong heard = PathMtuTable.Heard(maps);
        using var timer = new PeriodicTimer(RetryInterval, _time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            ulong now = PathMtuTable.Heard(maps);
            if (now != heard)
            {
                heard = now;
                _changed.Raise();
            }
        }
    }

    /// <summary>Keeps the data path as desired until cancelled.</summary>
    private async Task ReconcileForeverAsync(
        WorldObserver observer,
        FlowSeed seed,
        DatapathApplier applier,
        Layer2Announcement layer2,
        HostRegistrar registrar,
        StatusWriter statuses,
        ProbeLink probes,
        HealthChecker checker,
        CancellationToken cancellationToken)
    {
        await observer.WaitForSyncAsync(cancellationToken);
        var attacher = new NicAttacher(_datapath!, _loggers.CreateLogger<NicAttacher>());
        var desired = DesiredState.Empty;
        UnderlayModel? configured = null;
        bool isApplied = false;
        (bool HasCarrier, bool IsAnnouncing, int NarrowPaths) told = default;
        DateTimeOffset sweepAt = _time.GetUtcNow() + DatapathApplier.SweepInterval;
        while (true)
        {
            TimeSpan wait;
            try
            {
                WorldSnapshot world = observer.Snapshot(layer2.Silent);
                if (configured != world.Underlay)
                {
                    applier.Configure(seed, world.Underlay);
                    if (!_datapath!.IsServedByOthers)
                    {
                        _datapath.AttachUplink(world.Underlay.AttachIndex, world.Underlay.Uplink.MtuBytes, HookOf(world.Underlay));
                        Volatile.Write(ref _attachment, _datapath.Attachment());
                    }

                    configured = world.Underlay;
                }

                ImmutableHashSet<IPAddress> nextHops = desired.NextHops;
                desired = DesiredState.Compute(world, desired, _time.GetUtcNow());
                if (desired.NextHops != nextHops)
                {
                    observer.WantNextHops(desired.NextHops);
                }

                if (!isApplied && desired.Incomplete.Values.Any(since => _time.GetUtcNow() - since < LoadBalancerReader.SliceLag))
                {
                    // What is pinned knows more than we do yet.
                    await _changed.WaitAsync(Earliest(sweepAt, desired.ChangesAt, null), _time, cancellationToken);
                    continue;
                }

                if (layer2.HoldsBack(desired))
                {
                    continue;
                }

                isApplied = true;
                ApplyResult applied = applier.Apply(desired, world.Underlay);
                ImmutableDictionary<uint, string> failures = attacher.Apply(desired.Nics);
                probes.Apply(isWanted: !desired.HealthTargets.IsEmpty);
                checker.Set(desired.HealthTargets, target => _datapath!.HasServedBefore ? HealthBefore(observer, target) : null);
                if (_datapath!.IsMigrating)
                {
                    _datapath.CompleteMigration(world.Underlay.AttachIndex, world.Underlay.Uplink.MtuBytes, HookOf(world.Underlay));
                    TellAttached(world.Underlay);
                }

                Publish(desired, applied, failures, applier, layer2, statuses);
                Announce(world, desired, applied);
                (bool HasCarrier, bool IsAnnouncing, int NarrowPaths) facts = (world.HasCarrier, Volatile.Read(ref _announced) > 0, applied.NarrowPaths.Count);
                if (facts != told)
                {
                    // Who else may announce goes by the first two.
                    told = facts;
                    registrar.Look();
                }

                if (_time.GetUtcNow() >= sweepAt)
                {
                    applier.Sweep();
                    sweepAt = _time.GetUtcNow() + DatapathApplier.SweepInterval;

                    // Now everything is compared: at once, so that the next change need not wait for it.
                    continue;
                }

                wait = Earliest(sweepAt, desired.ChangesAt, applied.LookAgainAt);
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

    /// <summary>What is written of a target's health already. Not for a machine that has just booted: its workloads have, too.</summary>
    private static KnownHealth? HealthBefore(WorldObserver observer, HealthTarget target) =>
        observer.NetworkInterfaces.TryGet(target.Nic, out NetworkInterface? nic) && nic.Metadata.Uid == target.Key.NicUid
            ? HealthReport.Find(nic.Status, target.Key)
            : null;

    private void Publish(
        DesiredState desired,
        ApplyResult applied,
        ImmutableDictionary<uint, string> failures,
        DatapathApplier applier,
        Layer2Announcement layer2,
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
            desired, applied, failures, applier.VipIds, applier.RealIndexes, applier.Fingerprints, layer2.Contested);
        Volatile.Write(ref _state, state);
        AddressChange onSegment = _onSegment.Follow(desired.Vips, applied);
        Volatile.Write(ref _announced, _onSegment.Addresses.Count);
        layer2.Set(_onSegment.Addresses, onSegment);
        statuses.Publish(state);
    }

    /// <summary>Only what is in the data path.</summary>
    private void Announce(WorldSnapshot world, DesiredState desired, ApplyResult applied)
    {
        _byBgp.Follow(desired.Vips, applied);
        _bgp?.Set(
            world.BgpPeers,
            new[] { world.Underlay.Address, world.Underlay.OtherAddress }.FirstOrDefault(address => address?.AddressFamily == AddressFamily.InterNetwork),
            _byBgp.Addresses,
            isDraining: world.Hosts.FirstOrDefault(host => host.Metadata.Name == _options.HostName)?.Spec.Drain == true);
    }

    private TimeSpan Earliest(DateTimeOffset sweepAt, DateTimeOffset? changesAt, DateTimeOffset? lookAgainAt)
    {
        DateTimeOffset now = _time.GetUtcNow();
        DateTimeOffset next = sweepAt;
        next = changesAt < next ? changesAt.Value : next;
        next = lookAgainAt < next ? lookAgainAt.Value : next;
        return next > now ? next - now : TimeSpan.Zero;
    }

    private UnderlayModel FindUnderlay()
    {
        using RtNetlink netlink = RtNetlink.Open();
        LinkInfo link = netlink.GetLink(_options.UplinkDevice);

        // XDP sees tags where they are in the frame: under the VLAN's device.
        LinkInfo attach = link;
        uint vlans = 0;
        for (int tags = 0; attach is { Kind: "vlan", VlanId: not 0 } && tags < 2; tags++)
        {
            vlans = attach.VlanId | (vlans << 16);
            attach = netlink.GetLink(attach.PeerIndex);
        }

        IPAddress? ipv6 = null, ipv4 = null;
        foreach (AddressInfo candidate in netlink.GetAddresses(link.Index))
        {
            switch (candidate.Address)
            {
                case { AddressFamily: AddressFamily.InterNetworkV6, IsIPv6LinkLocal: false, IsIPv6Multicast: false }:
                    ipv6 ??= candidate.Address;
                    break;
                case { AddressFamily: AddressFamily.InterNetwork } address when !IsLinkLocal(address):
                    ipv4 ??= address;
                    break;
            }
        }

        IPAddress first = _options.UnderlayAddress ?? ipv6 ?? ipv4
            ?? throw new InvalidOperationException($"uplink {link.Name} has no global address; give it one, or name the underlay address");
        return new UnderlayModel(
            DeviceTable.From(link),
            first,
            _options.UnderlayPrefix ?? UnderlayAddress.DefaultPrefix("lodestone", _options.HostName))
        {
            AttachIndex = (uint)attach.Index,
            Vlans = _options.UplinkVlans ?? vlans,
            OtherAddress = _options.UnderlayAddress is null && ipv6 is not null ? ipv4 : null,
        };
    }

    /// <summary>169.254.0.0/16 (RFC 3927).</summary>
    private static bool IsLinkLocal(IPAddress address) => address.GetAddressBytes() is [169, 254, ..];

    private static UplinkHook HookOf(UnderlayModel underlay) =>
        underlay.Vlans != 0 ? UplinkHook.XdpOnly : underlay.Uplink.IsVeth ? UplinkHook.Tc : UplinkHook.Xdp;

    private void TellAttached(UnderlayModel underlay)
    {
        UplinkAttachment attachment = _datapath!.Attachment();
        Volatile.Write(ref _attachment, attachment);
        if (attachment.WhyNotNative is { } reason)
        {
            Log.NotNative(_logger, underlay.Uplink.Name, string.Join(", ", attachment.Features), reason);
        }

        Log.Attached(_logger, underlay.Uplink.Name, string.Join(", ", attachment.Features), underlay.Address, underlay.Prefix);
    }

    /// <summary>Says when the API is back: until then there was nobody to say it to.</summary>
    private void TellRegained(WorldObserver observer, TimeSpan away)
    {
        if (observer.OwnHost is { } host)
        {
            Volatile.Read(ref _events)?.Record(
                host, EventType.Normal, Reasons.ContactRegained, $"the agent reaches the API server again, after {away.TotalSeconds:0} s; what it served it went on serving");
        }
    }

    private HostFacts FactsOf(WorldObserver observer)
    {
        UnderlayModel underlay = observer.Underlay;
        return new HostFacts
        {
            Name = _options.HostName,
            Roles = _options.Roles,
            UnderlayAddresses = [.. new[] { underlay.Address, underlay.OtherAddress }.OfType<IPAddress>().Select(address => address.ToString())],
            UnderlayPrefix = underlay.Prefix.ToString(),
            HasCarrier = observer.HasCarrier,
            AnnouncedAddresses = _options.Roles.Contains("Gateway", StringComparer.Ordinal) ? Volatile.Read(ref _announced) : null,
            MtuBytes = underlay.Uplink.MtuBytes,
            NarrowPaths = [.. (Volatile.Read(ref _state)?.Applied.NarrowPaths ?? []).Select(path => $"{path.Value} bytes towards {observer.Describe(path.Key)}").Order(StringComparer.Ordinal)],
            KernelFeatures = Volatile.Read(ref _attachment)?.Features ?? [],
            Certificate = Certificate,
            Freshness = _freshness.Look(observer.EventAges(), _time.GetUtcNow()),
            TableFingerprint = Volatile.Read(ref _state)?.TableFingerprint(),
        };
    }

    private static partial class Log
    {
        [LoggerMessage(4000, LogLevel.Information, "Attached to uplink {Uplink} ({Mode}); underlay address {Address}, prefix {Prefix}")]
        internal static partial void Attached(ILogger logger, string uplink, string mode, IPAddress address, IPNetwork prefix);

        [LoggerMessage(4004, LogLevel.Warning, "Packets of {Uplink} are served in the stack ({Mode}), at a third of the speed, since the driver does not take XDP: {Reason}")]
        internal static partial void NotNative(ILogger logger, string uplink, string mode, string reason);

        [LoggerMessage(4001, LogLevel.Information, "The data path serves {Vips} VIPs with {Reals} targets ({Writes} writes)")]
        internal static partial void Applied(ILogger logger, int vips, int reals, long writes);

        [LoggerMessage(4002, LogLevel.Error, "The data path could not be brought to the desired state; what served goes on serving")]
        internal static partial void NotApplied(ILogger logger, Exception exception);

        [LoggerMessage(4003, LogLevel.Warning, "{Kind} {Name} does not fit the data path: {Message}")]
        internal static partial void Refused(ILogger logger, string kind, string name, string message);
    }
}
