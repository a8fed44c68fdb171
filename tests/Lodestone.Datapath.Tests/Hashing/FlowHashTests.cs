using Lodestone.Datapath.Hashing;

namespace Lodestone.Datapath.Tests.Hashing;

public sealed class FlowHashTests
{
    private static readonly FlowSeed Seed = new(0x0123456789abcdef, 0xfedcba9876543210);

    // Recomputed step by step from the contract with arbitrary-precision integers.
    [Theory]
    [InlineData(0x0a0200c0u, 0x016433c6u, 0x5000697au, 6, 0u, 0x6128c427729da4deul)]
    [InlineData(0x0a0200c0u, 0x016433c6u, 0x5000697au, 17, 0u, 0x736ab0f24b44be62ul)]
    [InlineData(0xffffffffu, 0xffffffffu, 0xffffffffu, 132, 0xffffffu, 0x41f1aac9e991b21eul)]
    public void OfIPv4_KnownFlow_IsTheContractsHash(uint source, uint destination, uint ports, byte protocol, uint network, ulong expected) =>
        Assert.Equal(expected, FlowHash.OfIPv4(Seed, source, destination, ports, protocol, network));

    [Theory]
    [InlineData(0x00000000b80d0120ul, 0x0100000000000000ul, 0x00000000b80d0120ul, 0x0200000000000000ul, 0x5000697au, 6, 7u, 0x1532f9d382c4cb66ul)]
    public void OfIPv6_KnownFlow_IsTheContractsHash(
        ulong source0, ulong source1, ulong destination0, ulong destination1, uint ports, byte protocol, uint network, ulong expected) =>
        Assert.Equal(expected, FlowHash.OfIPv6(Seed, source0, source1, destination0, destination1, ports, protocol, network));

    [Fact]
    public void Slot_AnyHash_NestsBetweenSizes()
    {
        ulong hash = FlowHash.OfIPv4(Seed, 1, 2, 3, 6, 0);
        for (int log2 = 8; log2 < 16; log2++)
        {
            Assert.Equal(FlowHash.Slot(hash, 64 - log2), FlowHash.Slot(hash, 64 - log2 - 1) >> 1);
        }
    }

    [Fact]
    public void OfIPv4_ConsecutivePorts_FillSlotsEvenly()
    {
        // 2^16 ports over 2^8 slots: 256 each; six standard deviations are 96.
        int[] slots = new int[256];
        for (uint port = 0; port <= ushort.MaxValue; port++)
        {
            slots[FlowHash.Slot(FlowHash.OfIPv4(Seed, 0x0a0200c0, 0x016433c6, port, 6, 0), 56)]++;
        }

        Assert.All(slots, count => Assert.InRange(count, 256 - 96, 256 + 96));
    }
}
