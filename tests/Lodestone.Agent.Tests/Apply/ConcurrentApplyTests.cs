using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Tests.Fakes;
using Lodestone.Bpf;
using Lodestone.Datapath.Layout;
using Xunit;

namespace Lodestone.Agent.Tests.Apply;

/// <summary>Tables are rewritten while packets go through on another CPU: each packet meets the state before or the one after, never a mixture.</summary>
/// <remarks>
/// A ring that keeps its size changes in place, so between two states each slot is the one's or the other's. LODESTONE_REWRITE_SECONDS for long runs.
/// </remarks>
public sealed class ConcurrentApplyTests(ITestOutputHelper output)
{
    private const int Remembered = 64;

    private static readonly DatapathCapacities Capacities = new()
    {
        VipSlots = 32,
        RingSlots = 1 << 16,
        Reals = 64, // few, so that indexes are soon used again
        FlowBuckets = 64,
        PortBitmaps = 24,
        Nics = 1,
        NicSources = 1,
    };

    private readonly ConcurrentState[] _states = new ConcurrentState[Remembered];
    private long _started;
    private long _finished;
    private long _packets;
    private long _overlapping;
    private long _skipped;
    private string? _failure;

    [Theory]
    [InlineData(ConcurrentChanges.AtOnce)]
    [InlineData(ConcurrentChanges.InWindows)]
    [InlineData(ConcurrentChanges.Ports)]
    public async Task Apply_WhilePacketsGoThrough_EachMeetsOneStateOrTheOther(ConcurrentChanges changes)
    {
        bool windows = changes == ConcurrentChanges.InWindows;
        Privilege.RequireRoot();
        TimeSpan length = TimeSpan.FromSeconds(double.Parse(Environment.GetEnvironmentVariable("LODESTONE_REWRITE_SECONDS") ?? "3", CultureInfo.InvariantCulture));
        using BpfObject datapath = BpfObject.Load(LodestoneObjects.Datapath, new BpfLoadOptions { MapSizes = KernelDatapathMaps.SizesOf(Capacities) });
        using KernelDatapathMaps maps = new(datapath);
        DatapathApplier applier = new(maps, new ManualTime(World.Start));
        applier.Configure(ConcurrentPacket.Seed, ConcurrentWorld.Underlay);
        ConcurrentWorld world = new(new Random((int)changes), changes);
        _states[0] = new ConcurrentState(ImmutableDictionary<DatapathAddress, VipModel>.Empty, [], ImmutableDictionary<DatapathAddress, ImmutableHashSet<ulong>>.Empty);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task[] readers = [.. Enumerable.Range(0, Math.Max(1, Environment.ProcessorCount - 1)).Select(i => Task.Factory.StartNew(
            () => Read(datapath.Programs["lodestone_xdp"], new Random(i), windows, stop.Token), stop.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default))];

        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < length && Volatile.Read(ref _failure) is null)
        {
            DesiredState next = world.Next();
            long number = _started + 1;
            _states[number % Remembered] = new ConcurrentState(next.Vips.ToImmutableDictionary(vip => vip.Address), [.. next.Reals.Select(real => real.Target)], world.Ever);
            Volatile.Write(ref _started, number);
            ApplyResult result = applier.Apply(next, ConcurrentWorld.Underlay);
            Volatile.Write(ref _finished, number);
            Assert.Empty(result.Problems);
            if (number % 3 == 0)
            {
                applier.Sweep();
            }
        }

        await stop.CancelAsync();
        await Task.WhenAll(readers);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{_packets:N0} packets while {_started:N0} states were applied; {_overlapping:N0} of them during a change, {_skipped:N0} too slow to tell"));
        Assert.True(_failure is null, _failure);
        Assert.InRange(_overlapping, 100, long.MaxValue);
        Assert.Equal(0ul, windows ? 0 : maps.ReadVerdictCounter(Verdict.DropRealDead).Packets);
    }

    private void Read(BpfProgram program, Random random, bool windows, CancellationToken cancellationToken)
    {
        ConcurrentPacket[] packets =
        [
            .. from vip in ConcurrentWorld.Addresses from port in ConcurrentWorld.Ports from isTcp in (bool[])[true, false] from source in Enumerable.Range(0, 16)
               select new ConcurrentPacket(vip, isTcp, port, (ushort)random.Next(1024, 65536)),
        ];
        byte[] bytes = new byte[2048];
        List<ConcurrentState> states = [];
        while (!cancellationToken.IsCancellationRequested && Volatile.Read(ref _failure) is null)
        {
            ConcurrentPacket packet = packets[random.Next(packets.Length)];
            long oldest = Volatile.Read(ref _finished);
            uint action = program.TestRun(packet.Frame, bytes, out int length);
            long newest = Volatile.Read(ref _started);
            Interlocked.Increment(ref _packets);
            if (newest - oldest >= Remembered / 2)
            {
                Interlocked.Increment(ref _skipped);
                continue;
            }

            states.Clear();
            for (long number = oldest; number <= newest; number++)
            {
                states.Add(_states[number % Remembered]);
            }

            if (newest > oldest)
            {
                Interlocked.Increment(ref _overlapping);
            }

            string? wrong = packet.Check(action, bytes.AsSpan(0, length), states, windows);
            if (wrong is not null)
            {
                Interlocked.CompareExchange(ref _failure, $"between states {oldest} and {newest}: {wrong}", null);
            }
        }
    }
}
