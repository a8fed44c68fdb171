using System.Net;
using Lodestone.Agent.Desired;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Apply;

/// <summary>What routers said about the ways to reals: the keys of <c>path_mtus</c> are this side's, what is learnt the program's.</summary>
/// <remarks>
/// Something learnt holds for ten minutes since it was last said (RFC 8201, 4; RFC 1191, 6.3), then the uplink's MTU is tried again. An
/// agent that starts does not know when it was said and gives it its whole time.
/// </remarks>
internal sealed class PathMtuTable
{
    /// <summary>How long what a router said is heeded.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly IDatapathMaps _maps;
    private readonly Dictionary<DatapathAddress, PathMtu> _paths = [];
    private readonly Dictionary<DatapathAddress, DateTimeOffset> _until = [];

    /// <summary>How many of the reals that were added last have the way.</summary>
    private readonly Dictionary<DatapathAddress, int> _uses = [];
    private ulong _heard;

    public PathMtuTable(IDatapathMaps maps, DateTimeOffset now)
    {
        _maps = maps;
        _heard = Heard(maps);
        foreach ((DatapathAddress destination, PathMtu path) in maps.PathMtus.ReadAll())
        {
            _paths[destination] = path;
            if (path.Mtu != 0)
            {
                _until[destination] = now + Lifetime;
            }
        }
    }

    /// <summary>How often routers were heeded since the maps are there. A change is what <see cref="Refresh"/> waits for.</summary>
    public static ulong Heard(IDatapathMaps maps) => maps.ReadVerdictCounter(Verdict.MtuLearnt).Packets;

    /// <summary>When the next thing learnt has to be forgotten; null: there is none.</summary>
    public DateTimeOffset? NextExpiry => _until.Count == 0 ? null : _until.Values.Min();

    /// <summary>Takes what was said since the last call and forgets what is old.</summary>
    public void Refresh(DateTimeOffset now, ref long writes)
    {
        ulong heard = Heard(_maps);
        if (heard != _heard)
        {
            _heard = heard;
            foreach ((DatapathAddress destination, PathMtu path) in _maps.PathMtus.ReadAll())
            {
                if (_paths.TryGetValue(destination, out PathMtu known) && path.Heard != known.Heard && path.Mtu != 0)
                {
                    _paths[destination] = path;
                    _until[destination] = now + Lifetime;
                }
            }
        }

        foreach ((DatapathAddress destination, DateTimeOffset until) in _until)
        {
            if (until <= now)
            {
                _until.Remove(destination);
                Set(destination, _paths[destination] with { Mtu = 0 }, ref writes);
            }
        }
    }

    /// <summary>Whether anything a router said is heeded.</summary>
    public bool HasLearnt => _until.Count > 0;

    /// <summary>Forgets which reals were added; the ways stay until <see cref="RemoveOthers"/>.</summary>
    public void CountAnew() => _uses.Clear();

    /// <summary>Has the program listen for what is said about these reals too; false when not all of them fit.</summary>
    public bool TryAdd(IEnumerable<RealModel> reals, ref long writes)
    {
        bool fits = true;
        foreach ((DatapathAddress destination, DatapathAddress source) in WaysOf(reals))
        {
            _uses[destination] = _uses.GetValueOrDefault(destination) + 1;
            bool isHeld = _paths.TryGetValue(destination, out PathMtu path);
            if (isHeld && path.Src == source)
            {
                continue;
            }

            if (!isHeld && _paths.Count >= _maps.PathMtus.Capacity)
            {
                fits = false;
                continue;
            }

            _until.Remove(destination);
            Set(destination, new PathMtu { Src = source, Heard = path.Heard }, ref writes);
        }

        return fits;
    }

    /// <summary>Stops listening for what is said about reals that were added and are gone, where no other has the way.</summary>
    public void Remove(IEnumerable<RealModel> reals, ref long writes)
    {
        foreach ((DatapathAddress destination, _) in WaysOf(reals))
        {
            if (--_uses[destination] == 0)
            {
                _uses.Remove(destination);
                Forget(destination, ref writes);
            }
        }
    }

    /// <summary>Stops listening for what is said about others than were added.</summary>
    public void RemoveOthers(ref long writes)
    {
        foreach (DatapathAddress destination in _paths.Keys)
        {
            if (!_uses.ContainsKey(destination))
            {
                Forget(destination, ref writes);
            }
        }
    }

    private void Forget(DatapathAddress destination, ref long writes)
    {
        if (_paths.Remove(destination))
        {
            _maps.PathMtus.Remove(destination);
            _until.Remove(destination);
            writes++;
        }
    }

    /// <summary>What is learnt, by the address that packets go by: what fits towards one NIC of a host fits towards its others.</summary>
    public Dictionary<IPAddress, int> Learnt(IEnumerable<RealModel> reals)
    {
        var learnt = new Dictionary<IPAddress, int>();
        if (_until.Count == 0)
        {
            return learnt;
        }

        foreach (RealModel real in reals)
        {
            if (real is { Via: { } via, OuterDestination: { } outer } && _paths.TryGetValue(DatapathAddress.From(outer), out PathMtu path) && path.Mtu != 0)
            {
                learnt[via] = Math.Min((int)path.Mtu, learnt.GetValueOrDefault(via, int.MaxValue));
            }
        }

        return learnt;
    }

    private static IEnumerable<(DatapathAddress Destination, DatapathAddress Source)> WaysOf(IEnumerable<RealModel> reals)
    {
        foreach (RealModel real in reals)
        {
            if (real is { Form: not RealKind.None, OuterDestination: { } destination, OuterSource: { } source })
            {
                yield return (DatapathAddress.From(destination), DatapathAddress.From(source));
            }
        }
    }

    private void Set(DatapathAddress destination, PathMtu path, ref long writes)
    {
        _maps.PathMtus.Set(destination, path);
        _paths[destination] = path;
        writes++;
    }
}
