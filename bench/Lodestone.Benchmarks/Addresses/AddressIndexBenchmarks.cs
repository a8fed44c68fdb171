using BenchmarkDotNet.Attributes;
using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Lodestone.Controllers.Addresses;
using Address = System.Net.IPAddress;

namespace Lodestone.Benchmarks.Addresses;

/// <summary>What one address costs while a /16 fills: picking it, and learning from the cache that it is taken.</summary>
/// <remarks>The figure is per address, over the thousand addresses after <see cref="Used"/>; that of the last thousand ends with a full pool.</remarks>
[MemoryDiagnoser]
public class AddressIndexBenchmarks
{
    private const int Batch = 1000;

    private readonly AddressRangeSet _pool = AddressRangeSet.Of(new AddressPoolSpec { Addresses = ["198.18.0.0/16"], IncludeNetworkAndBroadcast = true });
    private readonly Random _random = new(1);
    private AddressIndex _index = new(TimeProvider.System);
    private ulong[] _seeds = [];

    /// <summary>Addresses that are taken before.</summary>
    [Params(0, 15_384, 64_536)]
    public int Used { get; set; }

    /// <summary>Once through, so that no figure holds the compiler's work.</summary>
    [GlobalSetup]
    public void Warm()
    {
        for (int i = 0; i < 65_536; i++)
        {
            Take((ulong)_random.NextInt64());
        }
    }

    [IterationSetup]
    public void Fill()
    {
        _index = new AddressIndex(TimeProvider.System);
        for (int i = 0; i < Used; i++)
        {
            Take((ulong)_random.NextInt64());
        }

        _seeds = [.. Enumerable.Range(0, Batch).Select(_ => (ulong)_random.NextInt64())];
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public void TakeAndObserve()
    {
        foreach (ulong seed in _seeds)
        {
            Take(seed);
        }
    }

    private void Take(ulong seed)
    {
        if (!_index.TryTake(_pool, "IPv4", seed, "claimer", out Address? address))
        {
            throw new InvalidOperationException("the pool is full too early");
        }

        string ip = address.ToString();
        _index.Observe(null, new IPAddress
        {
            Metadata = new ObjectMeta { Name = ip, Uid = ip },
            Spec = new IPAddressSpec { Ip = ip, PoolRef = new LocalObjectReference { Name = "pool" } },
        });
    }
}
