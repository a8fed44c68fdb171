using BenchmarkDotNet.Attributes;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;

namespace Lodestone.Benchmarks;

/// <summary>Writing a whole VIP table, as every change of any VIP does.</summary>
[MemoryDiagnoser]
public class VipTableBenchmarks
{
    private Vip[] _vips = [];
    private Vip[] _table = [];

    [Params(10, 1_000, 10_000)]
    public int Vips { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _vips = new Vip[Vips];
        Random random = new(1);
        byte[] address = new byte[DatapathAddress.Size];
        for (int i = 0; i < _vips.Length; i++)
        {
            random.NextBytes(address);
            _vips[i] = new Vip { Addr = DatapathAddress.FromBytes(address), Id = (uint)i };
        }

        _table = new Vip[2 * VipTable.SlotsFor(Vips)];
    }

    [Benchmark]
    public void Build() => VipTable.Build(_vips, _table);
}
