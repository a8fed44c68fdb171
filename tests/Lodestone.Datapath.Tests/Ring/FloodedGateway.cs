using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;
using Lodestone.Datapath.Ring;
using Lodestone.Datapath.Tables;

namespace Lodestone.Datapath.Tests.Ring;

/// <summary>A gateway with the flow table as it is, which another VIP shares whose slots all learn.</summary>
internal sealed class FloodedGateway : TransitionGateway
{
    private const uint OwnId = 5;
    private const uint OtherId = 6;
    private const uint Buckets = 1 << 16;
    private const int MaxReals = 256;

    // A window of a hundred ticks is a quarter of an hour to the flow table.
    private const ulong RealSecondsPerSecond = 9;

    private readonly FlowBucket[] _flows = new FlowBucket[Buckets];
    private readonly VipCounter[] _counters = new VipCounter[OtherId + 1];
    private readonly Real[] _reals = new Real[MaxReals + 2];
    private FlowModel? _model;
    private Vip _own;
    private Vip _other;
    private uint _now;

    public override int Unrecorded => (int)_counters[OwnId].Unrecorded;

    public override void Follow(RingHistory history, long generation, DateTimeOffset now, bool quiet)
    {
        base.Follow(history, generation, now, quiet);
        for (int i = 1; i < TargetsByReal.Count; i++)
        {
            _reals[i].Kind = IsAlive(TargetsByReal[i]) ? RealKind.Peer : RealKind.None;
        }

        _reals[MaxReals].Kind = _reals[MaxReals + 1].Kind = RealKind.Peer;
        _own = new Vip { Id = OwnId, RingShift = Ring.Length == 0 ? 0 : 64 - (uint)System.Numerics.BitOperations.Log2((uint)Ring.Length) };
        _other = new Vip { Id = OtherId, RingBase = (uint)Ring.Length, RingShift = 63 };
        RingSlot learning = new() { Current = MaxReals, Previous = (MaxReals + 1) | RingSlot.Consult | RingSlot.Learn };
        _model = new FlowModel(new DatapathMaps
        {
            Config = new DatapathConfig { FlowMask = Buckets - 1 },
            Rings = [.. Ring, learning, learning],
            Reals = _reals,
            Flows = _flows,
            VipStats = _counters,
        });
        _now = FlowTable.Clock((ulong)now.ToUnixTimeSeconds() * RealSecondsPerSecond * 1_000_000_000);
    }

    /// <inheritdoc/>
    public override TransitionGateway Restarted() => this;

    public override ulong Send(ulong hash, bool isSyn)
    {
        uint real = Pick(in _own, hash, isSyn);
        return _reals[real].Kind == RealKind.None ? 0 : TargetsByReal[(int)real];
    }

    /// <summary>Forged packets that meet a flow's bucket and slot: SYNs, or packets of flows that never were, or one after the other.</summary>
    /// <param name="flow">Hash of the flow that is aimed at. No attacker knows it; so a test needs few packets.</param>
    /// <param name="flood">Of what.</param>
    /// <param name="count">How many flows.</param>
    /// <param name="random">What is forged.</param>
    public void Flood(ulong flow, TransitionFlood flood, int count, Random random)
    {
        const ulong slot = 0xfffful << 48;
        for (int i = 0; i < count; i++)
        {
            ulong hash = (((ulong)random.NextInt64() << 20) & ~slot) | (flow & (slot | (Buckets - 1)));
            foreach (bool isSyn in (bool[])[true, false])
            {
                if (flood.HasFlag(isSyn ? TransitionFlood.Syn : TransitionFlood.Ack))
                {
                    Pick(in flood.HasFlag(TransitionFlood.OwnVip) ? ref _own : ref _other, hash, isSyn);
                }
            }
        }
    }

    private uint Pick(ref readonly Vip vip, ulong hash, bool isSyn) =>
        _model!.Pick(in vip, new FlowKeys(hash, hash, hash), new PacketHeaders { Protocol = PacketHeaders.Tcp, StartsFlow = isSyn }, _now);
}
