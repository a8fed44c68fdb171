using System.Collections.Immutable;
using Lodestone.Agent.Desired;
using Lodestone.Datapath.Layout;
using Lodestone.Linux.Packets;
using Microsoft.Extensions.Logging;

using LinuxMac = Lodestone.Linux.MacAddress;

namespace Lodestone.Agent.Announce.Layer2;

/// <summary>VIPs on the uplink's segment: announced where this machine was elected, defended against strangers, yielded to a gateway that took over.</summary>
/// <remarks>Reads and writes no object of the API. Whether a VIP is answered for is a flag of the data path, which the desired state sets.</remarks>
internal sealed partial class Layer2Announcement : IDisposable
{
    /// <summary>How often a VIP that somebody else claims is asked for, so that one who keeps still is known to be there.</summary>
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromSeconds(30);

    private readonly Signal _changed = new();
    private readonly Announcer _announcer;
    private readonly ClaimListener _listener;
    private readonly VipDefence _defence;
    private readonly Func<LocalDevice> _uplink;
    private readonly Func<bool> _isLeaseValid;
    private readonly Func<LinuxMac, Claimant> _claimantOf;
    private readonly Action _wake;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;

    /// <param name="uplink">The device towards the segment, as it is now.</param>
    /// <param name="isLeaseValid">Whether this machine's lease was renewed within its duration.</param>
    /// <param name="claimantOf">Says who has a link-layer address.</param>
    /// <param name="changed">Called when <see cref="Silent"/> or <see cref="Contested"/> is another.</param>
    /// <param name="loggers">Where to tell what happens.</param>
    /// <param name="time">The clock.</param>
    public Layer2Announcement(
        Func<LocalDevice> uplink, Func<bool> isLeaseValid, Func<LinuxMac, Claimant> claimantOf, Action changed, ILoggerFactory loggers, TimeProvider time)
    {
        _uplink = uplink;
        _isLeaseValid = isLeaseValid;
        _claimantOf = claimantOf;
        _wake = changed;
        _logger = loggers.CreateLogger<Layer2Announcement>();
        _time = time;
        _announcer = new Announcer(uplink, loggers.CreateLogger<Announcer>(), time);
        _listener = new ClaimListener(uplink, Hear, loggers.CreateLogger<ClaimListener>(), time);
        _defence = new VipDefence(time);
    }

    /// <summary>VIPs that this machine must not answer for, whoever is elected. The same instance until it changes.</summary>
    public ImmutableHashSet<DatapathAddress> Silent => _defence.Silent;

    /// <summary>VIPs that somebody else claims. The same instance until it changes.</summary>
    public ImmutableDictionary<DatapathAddress, ContestedVip> Contested => _defence.Contested;

    /// <summary>Looks at a state before it is applied; true where it may not be: VIPs that no gateway had are to be asked for first, and are <see cref="Silent"/> now.</summary>
    public bool HoldsBack(DesiredState desired)
    {
        IReadOnlyList<DatapathAddress> added = _defence.HoldBackNew(desired.Vips);
        if (added.Count == 0)
        {
            return false;
        }

        _announcer.Probe(added);
        _changed.Raise();
        return true;
    }

    /// <summary>Replaces the VIPs that this machine answers for. New ones are announced at once.</summary>
    /// <param name="vips">All of them.</param>
    /// <param name="change">How they differ from those before.</param>
    public void Set(ImmutableHashSet<DatapathAddress> vips, AddressChange change)
    {
        bool isSettled = _defence.SetOwned(vips);
        _announcer.Change(change);
        if (isSettled)
        {
            _wake();
        }
    }

    /// <summary>In contact with the API again: what was yielded is the election's to give.</summary>
    public void Resume()
    {
        if (_isLeaseValid() && _defence.Resume())
        {
            _wake();
        }
    }

    /// <summary>Announces, listens and defends until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(
        _announcer.RunAsync(cancellationToken),
        _listener.RunAsync(cancellationToken),
        SettleAsync(cancellationToken),
        ProbeAsync(cancellationToken));

    /// <inheritdoc/>
    public void Dispose()
    {
        _announcer.Dispose();
        _changed.Dispose();
    }

    private void Hear(AddressClaim claim)
    {
        var vip = DatapathAddress.From(claim.Address);
        if (!_defence.IsConcerned(vip))
        {
            return;
        }

        string device = _uplink().Name;
        Claimant claimant = _claimantOf(claim.LinkAddress);
        ImmutableDictionary<DatapathAddress, ContestedVip> before = Contested;
        ClaimReaction reaction = _defence.Hear(vip, claim.LinkAddress, device, _isLeaseValid(), claimant);
        if (reaction == ClaimReaction.Yield)
        {
            Log.Yielded(_logger, vip, claim.LinkAddress, device);
            _wake();
            return;
        }

        if (reaction == ClaimReaction.Defend)
        {
            Log.Defended(_logger, vip, claim.LinkAddress, device, WhoIs(claimant));
            _announcer.Repeat(vip, TimeSpan.Zero);

            // There may be somebody to ask later.
            _changed.Raise();
        }

        if (reaction == ClaimReaction.DefendLater)
        {
            _announcer.Repeat(vip, _defence.UntilDefence(vip));
        }

        if (!ReferenceEquals(before, Contested))
        {
            _changed.Raise();
            _wake();
        }
    }

    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _changed.WaitAsync(_defence.NextSettling() ?? Timeout.InfiniteTimeSpan, _time, cancellationToken);
            VipSettling settling = _defence.Settle();
            if (settling.Ask.Count > 0)
            {
                _announcer.Ask(settling.Ask);
            }

            if (settling.IsChanged)
            {
                _wake();
            }
        }
    }

    private async Task ProbeAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(ProbeInterval, _time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (Contested is { IsEmpty: false } contested)
            {
                _announcer.Ask([.. contested.Keys]);
            }
        }
    }

    private static string WhoIs(Claimant claimant) => claimant switch
    {
        Claimant.Gateway => "another gateway",
        Claimant.LapsedGateway => "a gateway whose lease has lapsed",
        Claimant.Unknown => "who may be a gateway",
        _ => "a stranger",
    };

    private static partial class Log
    {
        [LoggerMessage(4220, LogLevel.Warning, "VIP {Vip} is left to the gateway at {Mac} on {Device}, which announces it: our own lease has lapsed")]
        internal static partial void Yielded(ILogger logger, DatapathAddress vip, LinuxMac mac, string device);

        [LoggerMessage(4221, LogLevel.Warning, "VIP {Vip} is announced again: {Mac} on {Device}, {Who}, claims it too")]
        internal static partial void Defended(ILogger logger, DatapathAddress vip, LinuxMac mac, string device, string who);
    }
}
