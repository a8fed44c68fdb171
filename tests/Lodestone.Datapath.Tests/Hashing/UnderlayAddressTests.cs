using System.Net;
using Lodestone.Datapath.Hashing;

namespace Lodestone.Datapath.Tests.Hashing;

public sealed class UnderlayAddressTests
{
    private const string Uid = "0d2f5b3c-8a1e-4c57-9f60-1b2c3d4e5f60";

    [Fact]
    public void Derive_KnownUid_IsPrefixAndHash() =>
        Assert.Equal(
            IPAddress.Parse("2001:db8:0:a:629f:8d87:62e1:7ed5"),
            UnderlayAddress.Derive(IPNetwork.Parse("2001:db8:0:a::/64"), Uid));

    [Fact]
    public void TargetOf_DerivedAddress_IsTheTarget() =>
        Assert.Equal(
            TargetHash.Of(Uid),
            UnderlayAddress.TargetOf(UnderlayAddress.Derive(IPNetwork.Parse("2001:db8::/64"), Uid).GetAddressBytes()));

    [Theory]
    [InlineData("2001:db8::/48")]
    [InlineData("192.0.2.0/24")]
    public void Derive_PrefixThatIsNotA64_IsRefused(string prefix) =>
        Assert.Throws<ArgumentException>(() => UnderlayAddress.Derive(IPNetwork.Parse(prefix), Uid));

    [Fact]
    public void DefaultPrefix_KnownHost_NeverChanges() =>
        Assert.Equal(IPNetwork.Parse("fdab:11c8:1c8c:6f42::/64"), UnderlayAddress.DefaultPrefix("c", "host-a"));

    [Fact]
    public void DefaultPrefix_ManyHosts_AllDiffer()
    {
        HashSet<IPNetwork> prefixes = [];
        for (int i = 0; i < 10_000; i++)
        {
            Assert.True(prefixes.Add(UnderlayAddress.DefaultPrefix("cluster", $"host-{i}")));
        }
    }
}
