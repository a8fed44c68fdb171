using Lodestone.Bpf;
using Lodestone.Bpf.Btf;
using Lodestone.Datapath.Layout;

namespace Lodestone.Kernel.Tests.Btf;

public sealed class BtfLayoutTests
{
    private static readonly BtfTypes Types = BpfObject.ReadBtf(LodestoneObjects.Datapath);

    [Fact]
    public void Compare_EveryMirror_EqualsTheObject()
        => Assert.Empty(BtfLayout.Compare(Types, Mirrors.Structs, Mirrors.Enums));

    [Fact]
    public void Verify_DatapathObject_Accepts() => BtfLayout.Verify(LodestoneObjects.Datapath);

    [Fact]
    public void Compare_FieldElsewhere_IsNamed()
    {
        StructMirror ring = new("ring_slot", 8, [new("current", 4, 4), new("previous", 4, 4)]);

        Assert.Contains("ring_slot.current is 4 bytes at 0, its mirror 4 at 4", BtfLayout.Compare(Types, [ring], []));
    }

    [Fact]
    public void Compare_OtherSizeOrField_IsNamed()
    {
        StructMirror counter = new("counter", 24, [new("packets", 0, 8), new("errors", 16, 8)]);

        IReadOnlyList<string> differences = BtfLayout.Compare(Types, [counter], []);

        Assert.Contains("struct counter has 16 bytes, its mirror 24", differences);
        Assert.Contains("counter.bytes has no mirror", differences);
        Assert.Contains("counter.errors is not in the object", differences);
    }

    [Fact]
    public void Compare_MapWithoutMirror_IsNamed()
        => Assert.Contains(
            "map vips holds struct vip, which has no mirror",
            BtfLayout.Compare(Types, [.. Mirrors.Structs.Where(s => s.CName != "vip")], []));

    [Fact]
    public void Compare_OtherVerdictNumber_IsNamed()
    {
        EnumMirror verdict = new("verdict", new Dictionary<string, long> { ["VERDICT_FORWARD"] = 2 });

        IReadOnlyList<string> differences = BtfLayout.Compare(Types, [], [verdict]);

        Assert.Contains("enum verdict: VERDICT_FORWARD = 1 has no mirror", differences);
        Assert.Contains("enum verdict: VERDICT_FORWARD = 2 is not in the object", differences);
    }
}
