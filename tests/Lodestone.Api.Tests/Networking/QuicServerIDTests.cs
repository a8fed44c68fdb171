using Lodestone.Api.Networking;
using Xunit;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Api.Tests.Networking;

public sealed class QuicServerIDTests
{
    [Theory]
    [InlineData("10.1.2.3", 4, "0A010203")]
    [InlineData("10.1.2.3", 1, "03")]
    [InlineData("10.1.2.3", 6, "FFFF0A010203")]
    [InlineData("10.1.2.3", 8, "0000FFFF0A010203")]
    [InlineData("2001:db8::a:b", 4, "000A000B")]
    [InlineData("2001:db8::1:2:3:4", 8, "0001000200030004")]
    public void Of_Address_IsItsLastBytes(string address, int length, string expected) =>
        Assert.Equal(expected, Convert.ToHexString(QuicServerID.Of(IPAddress.Parse(address), length)));

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    public void Of_LengthThatIsNone_IsRefused(int length) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => QuicServerID.Of(IPAddress.Loopback, length));

    [Fact]
    public void Shared_TargetsOfOneID_AreNamedByFamilyAndNeverWithThemselves()
    {
        (string, IPAddress)[] targets =
        [
            ("a", IPAddress.Parse("10.0.0.1")),
            ("b", IPAddress.Parse("10.0.1.1")),
            ("a", IPAddress.Parse("10.0.2.1")), // the same interface, at an address that it had
            ("c", IPAddress.Parse("2001:db8::1")),
            ("", IPAddress.Parse("10.0.0.2")),
        ];

        Assert.Equal([(IPAddress.Parse("10.0.0.1"), IPAddress.Parse("10.0.1.1"))], QuicServerID.Shared(targets, 1));
        Assert.Empty(QuicServerID.Shared(targets, 2));
    }
}
