using Lodestone.Agent.Apply;
using Lodestone.Bpf;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Tests.Apply;

/// <summary>The same over the maps of a loaded object; nothing is pinned or attached.</summary>
public sealed class KernelApplierTests : ApplierTestBase, IDisposable
{
    private BpfObject? _object;
    private KernelDatapathMaps? _maps;

    public void Dispose()
    {
        _maps?.Dispose();
        _object?.Dispose();
    }

    private protected override void Hear(IDatapathMaps maps) =>
        _object!.Maps["verdicts"].UpdatePerCpu((uint)Verdict.MtuLearnt, new Counter { Packets = 1 });

    private protected override IDatapathMaps CreateMaps(DatapathCapacities capacities)
    {
        Privilege.RequireRoot();
        _object = BpfObject.Load(LodestoneObjects.Datapath, new BpfLoadOptions { MapSizes = KernelDatapathMaps.SizesOf(capacities) });
        return _maps = new KernelDatapathMaps(_object);
    }
}
