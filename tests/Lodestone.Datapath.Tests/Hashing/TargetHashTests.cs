using Lodestone.Datapath.Hashing;

namespace Lodestone.Datapath.Tests.Hashing;

public sealed class TargetHashTests
{
    // XXH64, seed 0. The first two are published with the algorithm; the UID's was computed from its description.
    [Theory]
    [InlineData("a", 0xd24ec4f1a98c6e5bul)]
    [InlineData("abc", 0x44bc2cf5ad770999ul)]
    [InlineData("0d2f5b3c-8a1e-4c57-9f60-1b2c3d4e5f60", 0x629f8d8762e17ed5ul)]
    public void Of_KnownUid_NeverChanges(string uid, ulong expected) => Assert.Equal(expected, TargetHash.Of(uid));

    [Fact]
    public void Of_LongUid_IsHashedWhole() =>
        Assert.NotEqual(TargetHash.Of(new string('x', 1000)), TargetHash.Of(new string('x', 1001)));

    [Fact]
    public void Of_EmptyUid_IsRefused() => Assert.Throws<ArgumentException>(() => TargetHash.Of(string.Empty));
}
