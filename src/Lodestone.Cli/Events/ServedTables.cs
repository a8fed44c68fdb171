using Lodestone.Agent.Trace;
using Lodestone.Datapath.Layout;

namespace Lodestone.Cli.Events;

/// <summary>The VIPs and targets that events name by number, as they are served; read again when they may have changed.</summary>
internal sealed class ServedTables(Func<(DatapathConfig Config, List<Vip> Vips, Real[] Reals)> read, TimeProvider time)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    private Dictionary<uint, Vip> _vips = [];
    private Real[] _reals = [];
    private long? _readAt;

    /// <summary>Those of this machine.</summary>
    public static ServedTables Of(PinnedDatapath datapath, TimeProvider time) => new(datapath.ReadServed, time);

    /// <summary>Seeds and the like.</summary>
    public DatapathConfig Config { get; private set; }

    /// <summary>Reads them, if that is a while ago.</summary>
    public void Refresh()
    {
        if (_readAt is { } at && time.GetElapsedTime(at) < MaxAge)
        {
            return;
        }

        (Config, List<Vip> vips, _reals) = read();
        _vips = vips.ToDictionary(vip => vip.Id);
        _readAt = time.GetTimestamp();
    }

    /// <summary>A VIP by its number.</summary>
    public Vip? VipOf(uint id) => _vips.TryGetValue(id, out Vip vip) ? vip : null;

    /// <summary>The VIPs with an address: one in each network that has it.</summary>
    public IReadOnlyList<Vip> VipsAt(DatapathAddress address) => [.. _vips.Values.Where(vip => vip.Addr == address)];

    /// <summary>A target by its index; null where nothing has it.</summary>
    public Real? RealOf(uint index) => index > 0 && index < _reals.Length && _reals[index].Target != 0 ? _reals[index] : null;
}
