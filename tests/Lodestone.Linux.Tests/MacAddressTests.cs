using System.Net;

using Xunit;

namespace Lodestone.Linux.Tests;

public class MacAddressTests
{
    [Theory]
    [InlineData("02:00:00:00:00:01", true)]
    [InlineData("FF:ff:00:aA:12:34", true)]
    [InlineData("02-00-00-00-00-01", false)]
    [InlineData("02:00:00:00:00:0", false)]
    [InlineData("02:00:00:00:00:0g", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void TryParse_Text_AcceptsOnlyColonNotation(string? text, bool expected)
    {
        bool parsed = MacAddress.TryParse(text, out MacAddress address);

        Assert.Equal(expected, parsed);
        Assert.Equal(expected ? text!.ToLowerInvariant() : "00:00:00:00:00:00", address.ToString());
    }

    [Fact]
    public void SolicitedNode_Address_TakesLowestThreeBytes() =>
        Assert.Equal("33:33:ff:12:34:56", MacAddress.SolicitedNode(IPAddress.Parse("2001:db8::ab12:3456")).ToString());

    [Fact]
    public void ToArray_ParsedAddress_IsInWireOrder() =>
        Assert.Equal([0x02, 0x11, 0x22, 0x33, 0x44, 0x55], MacAddress.Parse("02:11:22:33:44:55").ToArray());
}
