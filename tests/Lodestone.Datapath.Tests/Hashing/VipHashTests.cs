using Lodestone.Datapath.Hashing;

namespace Lodestone.Datapath.Tests.Hashing;

public sealed class VipHashTests
{
    [Theory]
    [InlineData(0x0000000000000000ul, 0x016433c6ffff0000ul, 0u, 1023u, 457u)] // ::ffff:198.51.100.1
    [InlineData(0x00000000b80d0120ul, 0x0100000000000000ul, 7u, 65535u, 38540u)] // 2001:db8::1 in network 7
    public void Home_KnownAddress_IsTheContractsSlot(ulong half0, ulong half1, uint network, uint mask, uint expected) =>
        Assert.Equal(expected, VipHash.Home(half0, half1, network, mask));
}
