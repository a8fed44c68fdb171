using CsCheck;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;
using Lodestone.Datapath.Ring;
using Lodestone.Datapath.Tables;

namespace Lodestone.Datapath.Tests.Ring;

/// <summary>What docs/adr/0010-session-affinity.md promises, held against the model of the programs over random changes of targets, weights and keys.</summary>
public sealed class AffinityTests
{
    private const int Window = 100;
    private const int Targets = 8;

    private static readonly SlotKey[] Keys = [default, new(true, false, 32, 128), new(true, false, 28, 128), new(true, true, 32, 128)];
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly FlowSeed Seed = new(11, 12);
    private static readonly DatapathAddress VipAddress = DatapathAddress.Parse("198.51.100.1");

    private enum Step
    {
        Toggle,
        Weigh,
        Kill,
        Rekey,
        Wait,
        Open,
    }

    [Fact]
    public void Send_AnyChanges_KeepFlowsAndClients() => Check(iterations: 400);

    /// <summary>Histories that were broken once: by records of a target that came back, and by a flow, kept since an older change, that told where its client was.</summary>
    [Theory]
    [InlineData("fQBC-u2h3Kk1")]
    [InlineData("10F7syryUwM4")]
    public void Send_ChangesThatBrokeOnce_KeepFlowsAndClients(string seed) => Check(iterations: 1, seed);

    private static void Check(int iterations, string? seed = null) => Gen.Select(Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 10_000]).Array[1, 40], Gen.Int).Sample(
        (steps, random) =>
        {
            World world = new(random);
            foreach ((Step kind, int argument) in steps)
            {
                string? broken = world.Take(kind, argument);
                Assert.True(broken is null, broken);
            }
        },
        seed: seed,
        iter: iterations);

    [Fact]
    public void Rekey_ThereAndBack_FlowsOfBothStay()
    {
        World world = new(1);
        Assert.Null(world.Open(300));
        Assert.Null(world.Rekey(Keys[1]));
        Assert.Null(world.Open(300));
        Assert.Null(world.Rekey(default));
        Assert.Null(world.Open(300));
        for (int i = 0; i < 12; i++)
        {
            Assert.Null(world.Advance(Window / 4));
        }

        Assert.Equal(900, world.FlowCount);
    }

    private sealed class World
    {
        private readonly SortedDictionary<ulong, byte> _weights = [];
        private readonly List<TargetChange> _changes = [];
        private readonly Dictionary<ulong, DateTimeOffset> _draining = [];
        private readonly List<Flow> _flows = [];
        private readonly Random _random;
        private readonly DatapathMaps _maps = new()
        {
            Config = new DatapathConfig { HashSeed0 = Seed.Seed0, HashSeed1 = Seed.Seed1, FlowMask = 4095 },
            Rings = new RingSlot[1 << MaglevRing.MaxSizeLog2],
            Reals = new Real[Targets + 1],
            Flows = new FlowBucket[4096],
            VipStats = new VipCounter[1],
        };

        private SlotKey _key;
        private long _generation;
        private DateTimeOffset _now = Start;
        private Vip _vip = new() { Addr = VipAddress };

        public World(int seed)
        {
            _random = new Random(seed);
            for (ulong target = 1; target <= 4; target++)
            {
                _weights[target] = 100;
            }

            Follow();
        }

        public int FlowCount => _flows.Count;

        public string? Take(Step kind, int argument)
        {
            ulong target = (ulong)(argument % Targets) + 1;
            byte before = _weights.GetValueOrDefault(target);
            switch (kind)
            {
                case Step.Toggle when _weights.Remove(target):
                    _draining[target] = _now.AddSeconds(Window * 3);
                    return Change([], [new WeightedTarget(target, before)], null);
                case Step.Toggle:
                    if (!_maps.IsAlive((uint)target))
                    {
                        Forget((uint)target);
                    }

                    _weights[target] = 100;
                    _draining.Remove(target);
                    return Change([target], [], null);
                case Step.Weigh when before > 0:
                    _weights[target] = (byte)(1 + (argument / Targets % 255));
                    return Change([new WeightedTarget(target, _weights[target])], [new WeightedTarget(target, before)], null);
                case Step.Kill when before > 0:
                    _weights.Remove(target);
                    return Change([], [new WeightedTarget(target, before)], null);
                case Step.Rekey:
                    return Rekey(Keys[argument % Keys.Length]);
                case Step.Open:
                    return Open(1 + (argument % 40));
                default:
                    return Advance(1 + (argument % (Window / 3)));
            }
        }

        public string? Rekey(SlotKey key)
        {
            if (key == _key)
            {
                return null;
            }

            SlotKey before = _key;
            _key = key;
            _flows.ForEach(flow => flow.IsOfThisKey = false);
            return Change([], [], before);
        }

        public string? Open(int count)
        {
            for (int i = 0; i < count; i++)
            {
                Flow flow = new(DatapathAddress.Parse($"192.0.2.{_random.Next(64)}"), (uint)_random.Next(), _random.Next(3) == 0 ? PacketHeaders.Udp : PacketHeaders.Tcp);
                uint? expected = _key.ByClient && flow.Protocol == PacketHeaders.Tcp
                    ? _flows.Find(other => other is { IsOfThisKey: true, Protocol: PacketHeaders.Tcp } && IsSameClient(flow, other))?.Real
                    : null;
                flow.Real = Send(flow, starts: flow.Protocol == PacketHeaders.Tcp);
                if (expected is not null && flow.Real != expected)
                {
                    return $"a flow of {flow.Client} opened at {flow.Real}, its client is at {expected}";
                }

                // The handshake goes on at once: flows that start at one time have few places to be recorded at.
                if (flow.Real != 0 && flow.Real != Send(flow, starts: false))
                {
                    return $"a flow of {flow.Client} opened at {flow.Real}, and went on elsewhere";
                }

                if (flow.Real != 0)
                {
                    _flows.Add(flow);
                }
            }

            return null;
        }

        public string? Advance(int ticks)
        {
            DateTimeOffset end = _now.AddSeconds(ticks);
            while (History().NextEventAfter(_now) is { } next && next <= end)
            {
                _now = next;
                Follow();
            }

            _now = end;
            return SendAll();
        }

        /// <summary>Whether two flows have one key.</summary>
        private bool IsSameClient(Flow a, Flow b) => KeyOf(a) == KeyOf(b);

        private ulong KeyOf(Flow flow) => FlowHash.OfClient(Seed, flow.Client, _key.MaskFor(VipAddress), VipAddress, _key.ByProtocol ? flow.Protocol : null, 0);

        private string? Change(WeightedTarget[] added, WeightedTarget[] removed, SlotKey? keyBefore)
        {
            _changes.RemoveAll(change => change.Until <= _now);
            _changes.Add(new TargetChange(++_generation, _now.AddSeconds(Window), [.. added], [.. removed], keyBefore));
            Follow();
            return Advance(1 + _random.Next(Window / 3));
        }

        private RingHistory History() => new(
            _weights.Select(entry => new WeightedTarget(entry.Key, entry.Value)), _changes, _draining.Select(entry => new DrainingTarget(entry.Key, entry.Value)), _key);

        /// <summary>What the agent does before a dead target lives again (<c>DatapathApplier</c>).</summary>
        private void Forget(uint real)
        {
            foreach (ref FlowBucket bucket in _maps.Flows.AsSpan())
            {
                foreach (ref ulong word in (Span<ulong>)bucket.Entries)
                {
                    word = word != 0 && FlowEntry.FromWord(word).Real == real ? 0 : word;
                }
            }
        }

        /// <summary>What the agent does: reals, ring, then the VIP.</summary>
        private void Follow()
        {
            RingHistory history = History();
            FoldedRing folded = RingFold.Fold(history, _now);
            for (int target = 1; target <= Targets; target++)
            {
                _maps.Reals[target].Kind = history.IsAlive((ulong)target, _now) ? RealKind.Encap : RealKind.None;
            }

            _flows.RemoveAll(flow => !_maps.IsAlive(flow.Real));
            RingSlot[] old = _maps.Rings[..(int)RegionAllocator.RingSlots(_vip)];
            uint[] reals = [.. folded.Targets.Select(target => _maps.IsAlive((uint)target) ? (uint)target : 0)];
            RingPast past = new() { Ring = old, Alive = history.AliveAt(_now).Select(target => (uint)target).ToArray() };
            int log2 = RingSettling.SizeLog2(folded, reals, past);
            RingSlot[] next = new RingSlot[log2 == 0 ? 0 : 1 << log2];
            if (next.Length > 0)
            {
                LearningSlots learning = RingSettling.Write(folded, reals, past, next);
                Assert.False(learning.IsAnother); // nobody here hears of anything late
            }

            next.CopyTo(_maps.Rings, 0);
            _vip = new Vip
            {
                Addr = VipAddress,
                RingShift = RegionAllocator.RingShift(next.Length),
                ClientMask = _key.MaskFor(VipAddress),
                OldMask = folded.OldKey?.MaskFor(VipAddress) ?? default,
                Flags = VipFlags.Used | FlagsOf(_key, VipFlags.ByClient, VipFlags.ByProtocol)
                    | (folded.OldKey is { } oldKey ? VipFlags.Rekeyed | FlagsOf(oldKey, VipFlags.OldByClient, VipFlags.OldByProtocol) : 0),
            };
        }

        private static VipFlags FlagsOf(SlotKey key, VipFlags client, VipFlags protocol) => (key.ByClient ? client : 0) | (key.ByProtocol ? protocol : 0);

        private string? SendAll()
        {
            foreach (Flow flow in _flows)
            {
                uint real = Send(flow, starts: false);
                if (real != flow.Real)
                {
                    return $"flow {flow.Client} {flow.Ports:x8} of living target {flow.Real} was sent to {real} in generation {_generation}";
                }
            }

            return null;
        }

        private uint Send(Flow flow, bool starts)
        {
            ulong hash = FlowHash.OfIPv4(Seed, flow.Client.IPv4Word, VipAddress.IPv4Word, flow.Ports, flow.Protocol, 0);
            var keys = FlowKeys.Of(_vip, hash, flow.Client, flow.Protocol, Seed);
            PacketHeaders headers = new() { Protocol = flow.Protocol, Ports = flow.Ports, StartsFlow = starts };
            return new FlowModel(_maps).Pick(in _vip, keys, headers, 0);
        }

        private sealed record Flow(DatapathAddress Client, uint Ports, byte Protocol)
        {
            public uint Real { get; set; }

            /// <summary>Whether it opened under the present key.</summary>
            public bool IsOfThisKey { get; set; } = true;
        }
    }
}
