using System.Text;
using Lodestone.ApiServer.Endpoints;

namespace Lodestone.ApiServer.Tests.Endpoints;

/// <summary>A body that is not text is refused with the place, not mended and not a failure of the server.</summary>
public sealed class BodyTextTests
{
    [Theory]
    [InlineData("{}")]
    [InlineData("{\"é\":\"\\ud83d\\ude00 \\\\ud800 \\n\"}")]
    [InlineData("")]
    [InlineData("\\")]
    public void Check_Text_Passes(string text) => BodyText.Check(Encoding.UTF8.GetBytes(text));

    [Theory]
    [InlineData("{\"a\":\"\\ud800\"}", 6)]
    [InlineData("{\"a\":\"\\uDC00\"}", 6)]
    [InlineData("{\"a\":\"\\ud800\\ud800\"}", 6)]
    [InlineData("\\ud800", 0)]
    public void Check_HalfPair_IsRefusedWithItsPlace(string text, int offset)
    {
        ApiException exception = Assert.Throws<ApiException>(() => BodyText.Check(Encoding.UTF8.GetBytes(text)));

        Assert.Equal(400, exception.Code);
        Assert.EndsWith($"half of a surrogate pair at offset {offset}", exception.Status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_NotUtf8_IsRefusedWithItsPlace()
    {
        ApiException exception = Assert.Throws<ApiException>(() => BodyText.Check([(byte)'{', 0xC3, 0xA9, 0xFF]));

        Assert.Equal(400, exception.Code);
        Assert.Equal("the body is not UTF-8: invalid bytes at offset 3", exception.Status.Message);
    }
}
