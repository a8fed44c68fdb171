using Lodestone.Bpf;
using Lodestone.Datapath.Layout;
using Lodestone.Kernel.Tests.Links;

namespace Lodestone.Kernel.Tests.Maps;

public sealed class BpfMapTests
{
    private static readonly Dictionary<string, uint> Sizes = new() { ["rings"] = 1024, ["underlay"] = 2 };

    [Fact]
    public void Mmap_Array_IsWhatTheKernelReads()
    {
        using BpfObject datapath = Load(null);
        using BpfArray<RingSlot> rings = datapath.Maps["rings"].Mmap<RingSlot>();
        rings[7] = new RingSlot { Current = 3, Previous = RingSlot.Consult | 2 };

        Assert.Equal(1024, rings.Length);
        Assert.True(datapath.Maps["rings"].TryLookup(7u, out RingSlot seen));
        Assert.Equal((3u, RingSlot.Consult | 2), (seen.Current, seen.Previous));
    }

    [Fact]
    public void Hash_UpdateDeleteKeys_Agree()
    {
        using BpfObject datapath = Load(null);
        BpfMap underlay = datapath.Maps["underlay"];
        DatapathAddress key = DatapathAddress.Parse("2001:db8::5");
        underlay.Update(key, new UnderlayNic { Ifindex = 5, Kind = RealKind.Peer });

        Assert.True(underlay.TryLookup(key, out UnderlayNic nic));
        Assert.Equal(5u, nic.Ifindex);
        Assert.Equal([key], underlay.Keys<DatapathAddress>());
        Assert.True(underlay.Delete(key));
        Assert.False(underlay.Delete(key));
        Assert.False(underlay.TryLookup(key, out nic));
    }

    [Fact]
    public void Update_FullHash_SaysWhichMap()
    {
        using BpfObject datapath = Load(null);
        BpfMap underlay = datapath.Maps["underlay"];
        BpfException e = Assert.Throws<BpfException>(() =>
        {
            for (ulong i = 0; i < 1000; i++)
            {
                underlay.Update(new DatapathAddress(1, i), default(UnderlayNic));
            }
        });

        Assert.Equal("write to map 'underlay' (2 entries): Argument list too long (errno 7)", e.Message);
    }

    [Fact]
    public void TryLookup_OtherSizes_IsTheCallersError()
    {
        using BpfObject datapath = Load(null);

        Assert.Throws<ArgumentException>(() => datapath.Maps["underlay"].TryLookup(1u, out UnderlayNic _));
        Assert.Throws<ArgumentException>(() => datapath.Maps["rings"].Mmap<Vip>());
    }

    [Fact]
    public void Load_Pinned_TakesTheSameMapAgain() => LinkLab.Run(lab =>
    {
        using (BpfObject first = Load(lab.PinDirectory))
        using (BpfArray<RingSlot> rings = first.Maps["rings"].Mmap<RingSlot>())
        {
            rings[1] = new RingSlot { Current = 9 };
        }

        using BpfObject second = Load(lab.PinDirectory);
        using BpfMap reopened = BpfMap.OpenPinned(Path.Combine(lab.PinDirectory, "rings"));

        Assert.True(second.Maps["rings"].TryLookup(1u, out RingSlot slot));
        Assert.Equal(9u, slot.Current);
        Assert.Equal(second.Maps["rings"].Id, reopened.Id);
        Assert.Equal(1024u, reopened.MaxEntries);
    });

    [Fact]
    public void Load_PinnedWithOtherSize_SaysHowTheyDiffer() => LinkLab.Run(lab =>
    {
        using BpfObject first = Load(lab.PinDirectory);

        BpfException e = Assert.Throws<BpfException>(() => BpfObject.Load(LodestoneObjects.Datapath, new BpfLoadOptions { PinDirectory = lab.PinDirectory }));

        Assert.Contains("has 1024 entries of 4+8 bytes, wanted are 1 of 4+8", e.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Load_UnknownMap_IsNamed()
    {
        BpfLoadOptions options = new() { MapSizes = new Dictionary<string, uint> { ["flow"] = 1 } };

        Assert.Equal("BPF object 'lodestone' has no map 'flow'.", Assert.Throws<BpfException>(() => BpfObject.Load(LodestoneObjects.Datapath, options)).Message);
    }

    [Fact]
    public void Load_NoElf_SaysSo()
        => Assert.StartsWith("parse BPF object 'lodestone': ", Assert.Throws<BpfException>(() => BpfObject.Load("no elf"u8, new BpfLoadOptions())).Message, StringComparison.Ordinal);

    private static BpfObject Load(string? pins)
        => BpfObject.Load(LodestoneObjects.Datapath, new BpfLoadOptions { MapSizes = Sizes, PinDirectory = pins });
}
