using Lodestone.Api.Networking;
using Xunit;

namespace Lodestone.Api.Tests.Networking;

public class IPFamilyTests
{
    [Theory]
    [InlineData("0.0.0.0", true)]
    [InlineData("203.0.113.10", true)]
    [InlineData("::", true)]
    [InlineData("2001:DB8::1", true)]
    [InlineData("::ffff:192.0.2.1", true)]
    [InlineData("", false)]
    [InlineData("1", false)]
    [InlineData("127.1", false)]
    [InlineData("010.0.0.1", false)]
    [InlineData("0x7f.0.0.1", false)]
    [InlineData("1.2.3.4.5", false)]
    [InlineData("1.2.3.", false)]
    [InlineData(" 1.2.3.4", false)]
    [InlineData("fe80::1%eth0", false)]
    [InlineData("[::1]", false)]
    [InlineData("::1:80:", false)]
    public void TryParseAddress_Text_IsStrict(string text, bool expected) => Assert.Equal(expected, IPFamily.TryParseAddress(text, out _));

    [Theory]
    [InlineData("10.0.0.1/24", 24)]
    [InlineData("0.0.0.0/0", 0)]
    [InlineData("::/128", 128)]
    [InlineData("10.0.0.0/33", null)]
    [InlineData("10.0.0.0/08", null)]
    [InlineData("10.0.0.0/", null)]
    [InlineData("10.0.0.0", null)]
    [InlineData("10.0.0.0/+8", null)]
    [InlineData("::/129", null)]
    public void TryParsePrefix_Text_IsStrict(string text, int? expected) =>
        Assert.Equal(expected, IPFamily.TryParsePrefix(text, out _, out int length) ? length : null);
}
