using System.Collections.Immutable;
using Lodestone.Agent.Desired;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Apply;

/// <summary>Keeps <c>quic_servers</c> as the VIPs of the next table, and the reals, ask for.</summary>
/// <remarks>
/// What is new is added before the table is switched, what is no longer wanted goes after it, and before any real dies: so neither a
/// key nor an index is ever another's. A VIP whose targets stay as they are costs nothing.
/// </remarks>
internal sealed class QuicTable
{
    private readonly HashDiff<QuicKey, uint> _servers;
    private readonly Dictionary<(uint Network, DatapathAddress Address), VipEntry> _vips = [];
    private ImmutableSortedDictionary<QuicKey, uint>? _desired;

    /// <summary>Removes what an agent that died has left of VIPs that are not served: their ids may be given to others.</summary>
    public QuicTable(IDatapathMaps maps, IEnumerable<VipEntry> served)
    {
        _servers = new HashDiff<QuicKey, uint>(maps.QuicServers);
        var ids = served.Select(entry => entry.Vip.Id).ToHashSet();
        _servers.RemoveWhere(key => !ids.Contains(key.Vip));
    }

    /// <summary>Adds what is missing.</summary>
    /// <param name="made">VIPs of the next table that are new or were looked at again.</param>
    /// <param name="gone">VIPs that will not be served.</param>
    /// <param name="desired">The state.</param>
    /// <param name="reals">Indexes of targets, also of dead ones.</param>
    /// <param name="realsChanged">Whether targets came or went.</param>
    /// <param name="progress">Takes what does not fit.</param>
    public void AddMissing(
        IReadOnlyList<VipEntry> made,
        IReadOnlyList<(uint Network, DatapathAddress Address)> gone,
        DesiredState desired,
        IReadOnlyDictionary<ulong, uint> reals,
        bool realsChanged,
        ApplyProgress progress)
    {
        bool changed = _desired is null;
        foreach ((uint Network, DatapathAddress Address) key in gone)
        {
            changed |= _vips.Remove(key);
        }

        foreach (VipEntry entry in made)
        {
            (uint Network, DatapathAddress Address) key = (entry.Vip.Network, entry.Vip.Addr);
            changed |= _vips.Remove(key);
            if (entry.Model?.Routing.Quic is not null && entry.Vip.Flags.HasFlag(VipFlags.Quic))
            {
                _vips.Add(key, entry);
                changed = true;
            }
        }

        if (!changed && (_vips.Count == 0 || !realsChanged))
        {
            return;
        }

        _desired = Servers(desired, reals);
        if (!_servers.TrySetMissing(_desired, out int written))
        {
            progress.Refuse(
                $"{_servers.Name} holds {_servers.Capacity} entries and {_desired.Count} are wanted: some QUIC connections go by the ring; {Capacity.QuicServers.Remedy}");
        }

        progress.Writes += written;
    }

    /// <summary>Removes what <see cref="AddMissing"/> was not asked for.</summary>
    public int RemoveOthers() => _desired is null ? 0 : _servers.RemoveOthers(_desired);

    private ImmutableSortedDictionary<QuicKey, uint> Servers(DesiredState desired, IReadOnlyDictionary<ulong, uint> reals)
    {
        ImmutableSortedDictionary<QuicKey, uint>.Builder servers = ImmutableSortedDictionary.CreateBuilder<QuicKey, uint>(LayoutOrder.Instance);
        HashSet<ulong> alive = _vips.Count == 0 ? [] : [.. desired.Reals.Select(real => real.Target)];
        foreach (VipEntry entry in _vips.Values)
        {
            foreach ((QuicKey key, ulong target) in entry.Model!.Routing.Quic!.KeysOf(entry.Vip))
            {
                if (alive.Contains(target) && reals.TryGetValue(target, out uint real))
                {
                    servers[key] = real;
                }
            }
        }

        return servers.ToImmutable();
    }
}
