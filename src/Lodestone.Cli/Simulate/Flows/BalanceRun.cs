using System.Buffers.Binary;
using Lodestone.Cli.Simulate.Report;
using Lodestone.Cli.Simulate.Site;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Ring;

namespace Lodestone.Cli.Simulate.Flows;

/// <summary>How evenly rings and the hash of flows spread over targets.</summary>
internal sealed class BalanceRun(int flows, int seed)
{
    private const int FlowsPerTarget = 100;
    private const int Throws = 20;
    private const byte Tcp = 6;
    private const int WeightStep = 20;
    private const int WeightSteps = 10;

    private static readonly FlowSeed Seed = new(0x1234_5678_9abc_def0, 0x0fed_cba9_8765_4321);

    public IEnumerable<BalanceResult> All()
    {
        foreach (int targets in (int[])[3, 10, 100, 1000])
        {
            yield return Measure(targets, "equal", _ => WeightedTarget.DefaultWeight);
            if (targets >= WeightSteps)
            {
                yield return Measure(targets, $"{WeightStep} to {WeightStep * WeightSteps}", i => (byte)(WeightStep * (1 + (i % WeightSteps))));
            }
        }
    }

    private BalanceResult Measure(int targets, string name, Func<int, byte> weightOf)
    {
        var site = new SiteObjects(new SimulationScale(targets + 2, 2, 1, 1, targets), seed);
        var byTarget = new SortedDictionary<ulong, byte>(Enumerable.Range(0, targets).ToDictionary(i => TargetHash.Of(site.UidOf("NetworkInterface", i)), weightOf));
        var set = TargetSet.Of(byTarget);
        ushort[] ring = new ushort[1 << set.SizeLog2];
        MaglevRing.Build(set.Targets.AsSpan(), set.Weights.AsSpan(), ring);
        double[] shares = [.. byTarget.Values.Select(weight => (double)weight / byTarget.Values.Sum(w => w))];

        // As many flows as give each target a hundred, however few were asked for.
        int count = Math.Max(flows, targets * FlowsPerTarget);
        var random = new Random(seed);
        int[] slots = new int[targets], hits = new int[targets];
        foreach (ushort target in ring)
        {
            slots[target]++;
        }

        for (int i = 0; i < count; i++)
        {
            hits[ring[FlowHash.Slot(NextHash(random), 64 - set.SizeLog2)]]++;
        }

        int[] urn = [.. byTarget.Values.SelectMany((weight, i) => Enumerable.Repeat(i, weight))];

        return new BalanceResult(
            targets,
            name,
            ring.Length,
            Evenness.MaxToMean(slots, shares),
            count,
            Evenness.MaxToMean(hits, shares),
            Stopwatches.Round(Enumerable.Range(0, Throws).Average(_ => Evenness.MaxToMean(Throw(urn, targets, count, random), shares))),
            Evenness.ChiSquare(hits, shares));
    }

    /// <summary>So many draws from an urn that is put back.</summary>
    private static int[] Throw(int[] urn, int targets, int count, Random random)
    {
        int[] hits = new int[targets];
        for (int i = 0; i < count; i++)
        {
            hits[urn[random.Next(urn.Length)]]++;
        }

        return hits;
    }

    /// <summary>The hash of a flow from a random client and port to one VIP.</summary>
    private static ulong NextHash(Random random)
    {
        Span<byte> ports = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt16BigEndian(ports, (ushort)random.Next(1024, 65536));
        BinaryPrimitives.WriteUInt16BigEndian(ports[2..], 443);
        return FlowHash.OfIPv4(Seed, (uint)random.NextInt64(1L << 32), 0x0000_4064, BinaryPrimitives.ReadUInt32LittleEndian(ports), Tcp, 0);
    }
}
