using Lodestone.Agent.Kernel;
using Lodestone.Agent.Trace;
using Lodestone.Bpf;
using Lodestone.Datapath.Layout;
using Lodestone.Linux.Files;

namespace Lodestone.Agent.Events;

/// <summary>Listens to the events of this machine's packet programs. There is one listener at a time; not thread-safe.</summary>
/// <remarks>
/// Programs tell nothing unless asked, and what they were asked for ends by itself when <see cref="Renew"/> is not called for <see cref="Lease"/>:
/// a listener that was killed costs nothing.
/// </remarks>
public sealed class EventListener : IDisposable
{
    /// <summary>How long events are told without <see cref="Renew"/>.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    private readonly PinnedDatapath _datapath;
    private readonly TimeProvider _time;
    private readonly FileLock _lock;
    private readonly EventTotals[] _before = new EventTotals[Mirrors.EventKinds];
    private BpfArray<DatapathConfig>? _config;
    private BpfArray<EventControl>? _control;
    private BpfMap? _limits;
    private BpfRingBuffer? _events;
    private EventWants? _wants;

    private EventListener(PinnedDatapath datapath, FileLock held, TimeProvider time) => (_datapath, _lock, _time) = (datapath, held, time);

    /// <summary>Becomes the listener. What was told before is not read.</summary>
    /// <param name="datapath">This machine's data path; stays the caller's.</param>
    /// <param name="time">The clock; the system's, whose monotonic clock packets read too.</param>
    /// <exception cref="EventsInUseException">There is one.</exception>
    /// <exception cref="BpfException">A privilege is missing, or the maps are another release's.</exception>
    public static EventListener Open(PinnedDatapath datapath, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(datapath);
        ArgumentNullException.ThrowIfNull(time);
        FileLock held = FileLock.TryTake(datapath.Pins.Directory, out int? holder) ?? throw new EventsInUseException(datapath.Pins.Directory, holder);
        var listener = new EventListener(datapath, held, time);
        try
        {
            listener.OpenMaps();
            return listener;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>Asks for events, instead of what was asked for before.</summary>
    public void Ask(EventWants wants)
    {
        ArgumentNullException.ThrowIfNull(wants);
        ArgumentOutOfRangeException.ThrowIfLessThan(wants.SampleOneIn, 1);
        _wants = wants;
        Renew();
    }

    /// <summary>Asks for the same for another while.</summary>
    /// <exception cref="BpfException">The agent has replaced the maps: these tell nothing any more.</exception>
    public void Renew()
    {
        if (_wants is null || _control is null || _config is null)
        {
            return;
        }

        if (_datapath.Pins.Served() is { } served && served.Id != _datapath.Set.Id)
        {
            throw new BpfException("the agent has replaced its maps by those of another release or size; start again");
        }

        ulong until = Now() + (ulong)(Lease.Ticks * 100);
        for (int kind = 0; kind < Mirrors.EventKinds; kind++)
        {
            bool isFiltered = kind == (int)EventKind.Drop ? _wants.Address is not null : _wants.Vip is not null;
            ref EventControl control = ref _control[kind];
            control.OneIn = kind == (int)EventKind.Sample ? (uint)_wants.SampleOneIn : 1;
            control.Vip = _wants.Vip ?? 0;
            control.Addr = _wants.Address ?? default;
            control.Only = isFiltered ? 1u : 0u;
            Volatile.Write(ref control.UntilNs, ((int)_wants.Kinds & (1 << kind)) != 0 ? until : 0);
        }

        // A program takes a bit back when the time is over.
        _config[0].Listening = _wants.Kinds;
    }

    /// <summary>Takes what has been told, oldest first. Does not wait.</summary>
    /// <returns>How many were taken.</returns>
    public int Read(Span<EventRecord> records) => _events?.Read(records) ?? 0;

    /// <summary>How many events of a kind there were since this listener was opened.</summary>
    public EventTotals TotalsOf(EventKind kind)
    {
        EventTotals before = _before[(int)kind], now = ReadTotals(kind);
        return new EventTotals(now.Sent - before.Sent, now.Limited - before.Limited, now.Full - before.Full);
    }

    /// <summary>Ends the events.</summary>
    public void Dispose()
    {
        if (_config is not null && _wants is not null)
        {
            _config[0].Listening = Listening.None;
        }

        _events?.Dispose();
        _limits?.Dispose();
        _control?.Dispose();
        _config?.Dispose();
        _lock.Dispose();
    }

    private void OpenMaps()
    {
        PinnedSet set = _datapath.Set;
        if (!set.HasMap("events"))
        {
            throw new BpfException("the packet programs of this machine's agent are of a release that tells no events; upgrade it");
        }

        using (BpfMap config = set.OpenMap("config"))
        using (BpfMap control = set.OpenMap("event_control"))
        using (BpfMap events = set.OpenMap("events"))
        {
            _config = config.Mmap<DatapathConfig>();
            _control = control.Mmap<EventControl>();
            _events = events.MmapRing();
        }

        _limits = set.OpenMap("event_limits");
        _config[0].Listening = Listening.None;
        _events.Skip();
        for (int kind = 0; kind < _before.Length; kind++)
        {
            _before[kind] = ReadTotals((EventKind)kind);
        }
    }

    private EventTotals ReadTotals(EventKind kind)
    {
        EventLimit[] cpus = new EventLimit[BpfMap.PossibleCpus];
        EventTotals total = default;
        if (_limits is not null && _limits.TryLookupPerCpu((uint)kind, cpus.AsSpan()))
        {
            foreach (EventLimit cpu in cpus)
            {
                total += new EventTotals(cpu.Sent, cpu.Limited, cpu.Full);
            }
        }

        return total;
    }

    private ulong Now() => (ulong)((Int128)_time.GetTimestamp() * 1_000_000_000 / _time.TimestampFrequency);
}
